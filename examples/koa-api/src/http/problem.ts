/** A refusal of a request: told to the client as problem+json (RFC 9457), with the field and the value at fault. */
export class Problem extends Error {
  readonly status: number;
  readonly field: string | undefined;
  readonly value: unknown;

  constructor(status: number, detail: string, field?: string, value?: unknown) {
    super(detail);
    this.name = new.target.name;
    this.status = status;
    this.field = field;
    this.value = value;
  }
}
