// The listener serves uPlot's own module under this name: a browser resolves no package names.
import uPlot from 'uplot';

// oxlint-disable-next-line import/no-default-export -- that is how uPlot's module exports it
export { uPlot as default };
