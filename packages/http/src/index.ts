// message
export { HeaderFields, type HeaderFieldsInit } from './message/headers.js';
export { formatHttpDate, parseHttpDate } from './message/http-date.js';
export { Canceller, type CancelSignal } from './message/canceller.js';
export type { HttpRequest, HttpResponse, Origin, OriginContext, ResponseBody } from './message/http-message.js';

// semantics
export { ageSeconds } from './semantics/age.js';
export {
  parseRequestDirectives,
  parseResponseDirectives,
  type RequestDirectives,
  type ResponseDirectives,
} from './semantics/cache-control.js';
export { renderCacheStatus, type CacheOutcome, type ForwardReason } from './semantics/cache-status.js';
export { explain, type Explanation } from './semantics/explain.js';
export type { Freshness, LifetimeSource, RequestFacts, ResponseFacts, StoredFacts } from './semantics/facts.js';
export { freshen, judgeHead, type Freshened } from './semantics/freshening.js';
export { computeFreshness } from './semantics/freshness.js';
export { groupTag, tagsOf, type TagLimits, type TagList } from './semantics/groups.js';
export { endToEndFields, storedFields } from './semantics/hop-by-hop.js';
export { invalidatedTargets, invalidates, isSafeMethod } from './semantics/invalidation.js';
export { isSameSearch, parseNoVarySearch, type NoVarySearch } from './semantics/no-vary-search.js';
export {
  chooseRanges,
  parseContentRange,
  type ByteRange,
  type ContentRange,
  type RangeChoice,
} from './semantics/ranges.js';
export { decideReuse, type DecisionStep, type Reuse } from './semantics/reuse.js';
export { DEFAULT_SEMANTICS_OPTIONS, semanticsOptions, type SemanticsOptions } from './semantics/semantics-options.js';
export { mayServeOnError } from './semantics/stale.js';
export { decideStore, type StoreRefusal } from './semantics/storable.js';
export { conditionalFields, evaluateConditions } from './semantics/validators.js';
export { nominatedFields, variantKey } from './semantics/vary.js';

// cache
export type { CacheWord } from './cache/answers.js';
export type { HttpExplanation, StoredReport } from './cache/explain-walk.js';
export { HttpCache, type FreshHit } from './cache/http-cache.js';
export type { KnownRequest } from './cache/known-request.js';
export { missReasonIn } from './cache/miss-reason.js';
export type { HttpCacheOptions } from './cache/http-cache-options.js';
export { keyRequest, primaryKeyOf, type KeyedRequest } from './cache/http-key.js';
export { resolveHttpPolicy, type AnswerPolicy, type HttpPolicy } from './cache/http-policy.js';
export type { HttpAdaptive, HttpAdaptiveOptions } from './cache/http-adaptive-options.js';
export type { HttpKeyOptions, HttpPolicyOptions, TagsOf, TtlOf } from './cache/http-policy-options.js';
export { OriginError, type OriginFailure } from './cache/origin-error.js';
export type { StoredResponse } from './cache/stored-response.js';
