import type { SimulationReport } from '../simulation-report.js';

/** placeholder until the page is drawn */
export function htmlReport(report: SimulationReport): string {
  return JSON.stringify(report);
}
