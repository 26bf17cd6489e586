import type { MemoryOptions } from '@cachewarp/core';
import type { HttpPolicyOptions } from '@cachewarp/http';
import type { ProxyRule } from '@cachewarp/proxy';

/** What is simulated: the parts of a proxy's configuration that decide what a log can tell of. */
export interface SimulatedConfig {
  /** Names it beside another one. */
  readonly name: string;
  readonly memory: MemoryOptions;
  readonly policy: HttpPolicyOptions;
  readonly rules: readonly ProxyRule[];
}
