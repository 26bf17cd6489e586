import { expect } from 'chai';
import { parameterRows } from '#src/simulate/report/parameter-rows.js';
import { ParameterTable } from '#src/simulate/stats/parameter-table.js';

describe('ParameterTable', () => {
  it('tells a parameter that means nothing from one that does, and from one that costs little', () => {
    const table = new ParameterTable();
    for (let index = 0; index < 2_000; index++) {
      table.add(`/list?page=${index % 40}&utm=${index}`, 1000 + (index % 40));
      table.add(`/view?full=${index % 2}`, 500);
    }
    const rows = parameterRows(table.rows(), 4_000);
    expect(rows.map(({ name, verdict }) => [name, verdict])).to.deep.equal([
      ['utm', 'looks safe to ignore'],
      ['full', 'costs little'],
    ]);
    expect(rows[0]).to.include({ requests: 2000, equalShare: 1 });
    expect(rows[0]!.gain).to.be.within(0.46, 0.52);
  });

  it('does not call safe what changes the size of the answer', () => {
    const table = new ParameterTable();
    for (let index = 0; index < 500; index++) table.add(`/search?q=${index}`, 1000 + index);
    expect(parameterRows(table.rows(), 500)[0]).to.include({ name: 'q', verdict: 'means something', equalShare: 0 });
  });

  it('stays bounded, however many names and parameters there are', () => {
    const table = new ParameterTable();
    for (let index = 0; index < 5_000; index++) table.add(`/x?${'a&'.repeat(200)}n${index}=1`, 1);
    expect(table.rows().length).to.be.at.most(256);
  });
});
