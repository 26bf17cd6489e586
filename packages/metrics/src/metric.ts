/** One value of a metric at one scrape. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric whose values are read when somebody scrapes. */
export interface CollectedMetric {
  readonly kind: 'counter' | 'gauge';
  /** Without the prefix. */
  readonly name: string;
  readonly help: string;
  /** Names of its labels. Their values must be few: a label with a key or a URL in it makes a series for each. */
  readonly labels: readonly string[];
  /**
   * How the values of several processes become one. `max` for what all of them see, such as the state of a breaker towards one store.
   * @defaultValue 'sum'
   */
  readonly aggregate?: 'sum' | 'max' | 'min';
  collect(): readonly Sample[] | Promise<readonly Sample[]>;
}

/** A histogram that is told each value as it happens. */
export interface ObservedMetric {
  /** Without the prefix. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}
