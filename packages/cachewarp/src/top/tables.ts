import type { Pane, TopState } from './state.js';
import type { Table } from './table.js';
import { keysTable } from './tables/keys-table.js';
import { missesTable } from './tables/misses-table.js';
import { originsTable } from './tables/origins-table.js';
import { routesTable } from './tables/routes-table.js';
import { tailTable } from './tables/tail-table.js';

/** A pane's table, with every row that is known. */
export function tableOf(state: TopState, pane: Pane): Table {
  const shown = { ...state, ...state.paused };
  switch (pane) {
    case 'routes':
      return routesTable(shown);
    case 'keys':
      return keysTable(shown);
    case 'origins':
      return originsTable(shown);
    case 'misses':
      return missesTable(shown);
    case 'tail':
      return tailTable(shown);
  }
}
