export { startProxy, type Proxy } from './proxy/start-proxy.js';
export { startWorkers, type ProxyGroup } from './proxy/start-workers.js';
export { checkProxyOptions } from './proxy/check-proxy-options.js';
export type { ProxyOptions } from './proxy/proxy-options.js';
// base
export { DEFAULT_LIMITS, type LimitOptions, type Limits } from './base/limits.js';
export { ProxyStartError, UpstreamError, type StartFault, type UpstreamFault } from './base/proxy-errors.js';
// rules
export type { FieldEdits, ProxyRule, StatusPattern } from './rules/rule-options.js';
export { RuleSet, type Route } from './rules/rule-set.js';
// upstream
export {
  DEFAULT_UPSTREAM,
  type HealthProbeOptions,
  type UpstreamOptions,
  type UpstreamTlsOptions,
} from './upstream/upstream-options.js';
// front
export type { FrontTlsOptions } from './front/front-options.js';
export type { TrafficCounters } from './front/traffic-counters.js';
