import { existsSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import initSqlJs, { type Database as SqlDatabase } from 'sql.js';

/** A row of the table that everything here is about. */
export interface Product {
  readonly id: string;
  readonly name: string;
  readonly price: number;
}

/**
 * A SQLite database in one file.
 *
 * sql.js is SQLite compiled to WebAssembly: nothing to build and nothing to install. It works in memory, so a change counts as written when
 * the file has been replaced by the new one; changes that come meanwhile share the next replacement.
 */
export class Database {
  /** Statements run so far: what a cache is there to save. */
  reads = 0;
  writes = 0;
  readonly #sql: SqlDatabase;
  readonly #path: string;
  #saving: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  private constructor(sql: SqlDatabase, path: string) {
    this.#sql = sql;
    this.#path = path;
  }

  static async open(path: string): Promise<Database> {
    const { Database: Sqlite } = await initSqlJs();
    const sql = existsSync(path) ? new Sqlite(readFileSync(path)) : new Sqlite();
    sql.run('CREATE TABLE IF NOT EXISTS products (id TEXT PRIMARY KEY, name TEXT NOT NULL, price REAL NOT NULL)');
    return new Database(sql, path);
  }

  find(id: string): Product | undefined {
    this.reads++;
    const statement = this.#sql.prepare('SELECT id, name, price FROM products WHERE id = ?');
    try {
      statement.bind([id]);
      return statement.step() ? (statement.getAsObject() as unknown as Product) : undefined;
    } finally {
      statement.free();
    }
  }

  count(): number {
    return this.#sql.exec('SELECT count(*) FROM products')[0]!.values[0]![0] as number;
  }

  /** Resolves when the change is in the file. */
  async save({ id, name, price }: Product): Promise<void> {
    this.writes++;
    this.#sql.run('INSERT OR REPLACE INTO products (id, name, price) VALUES (?, ?, ?)', [id, name, price]);
    await this.#persist();
  }

  async remove(id: string): Promise<void> {
    this.writes++;
    this.#sql.run('DELETE FROM products WHERE id = ?', [id]);
    await this.#persist();
  }

  close(): void {
    this.#sql.close();
  }

  #persist(): Promise<void> {
    this.#next ??= this.#saving.then(async () => {
      this.#next = undefined;
      await (this.#saving = this.#replaceFile());
    });
    return this.#next;
  }

  /** Either the old file or the new one is there, whenever the process ends. */
  async #replaceFile(): Promise<void> {
    const temporary = `${this.#path}.new`;
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(this.#sql.export());
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#path);
  }
}
