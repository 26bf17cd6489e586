// The listener serves uPlot's own module under this name: a browser resolves no package names.
import uPlot from 'uplot';

export { uPlot as default };
