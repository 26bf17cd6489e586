import type { Curves } from '../run/curves.js';
import type { TrialMemory } from '../run/sample-run.js';
import { ttlByRoute } from '../run/ttl-choice.js';
import type { CurvePoint, ParameterRow, PolicyPoint, Recommendation, RouteRow } from '../simulation-report.js';
import { bytesText, durationOption, percent } from './format.js';

/** What may be outdated of all hits. */
const OUTDATED_ALLOWED = 0.01;
/** A log sees only changes of size: nothing longer is recommended from it. */
const LONGEST_TTL_MS = 3_600_000;
/** How much of the best is enough: the rest would cost freshness, or memory. */
const TTL_ENOUGH = 0.95;
const SIZE_ENOUGH = 0.98;
/** What another policy must be better by to leave the default, as a part of all requests. */
const POLICY_MARGIN = 0.01;

/** A route of which nothing was ever seen to change may be kept for longer. */
const LONGEST_UNCHANGED_MS = 86_400_000;
const ENOUGH_COMPARED = 100;
/** What a lifetime of its own must change for a route to be worth a rule, as a part of all requests. */
const RULE_MARGIN = 0.002;

/** What the recommendation is made from. */
export interface Evidence {
  readonly memory: TrialMemory;
  readonly ttlCurve: readonly CurvePoint[];
  readonly curves: Curves;
  readonly requests: number;
  readonly routes: readonly RouteRow[];
  readonly routeTtls: ReadonlyMap<string, readonly CurvePoint[]>;
  readonly routeOf: (key: string) => string;
  readonly parameters: readonly ParameterRow[];
}

/** What we would start with, and why. Each step is decided with what the steps before it have chosen. */
export async function recommend(evidence: Evidence): Promise<Recommendation> {
  const { curves, parameters, routes, ttlCurve } = evidence;
  const common = chooseTtl(ttlCurve, LONGEST_TTL_MS);
  const own = chooseRouteTtls(evidence, common);
  const stepOf = (ttlMs: number): number => ttlCurve.findIndex(({ x }) => x === ttlMs);
  const steps = new Map([...own].map(([route, { x }]) => [route, stepOf(x)]));
  const ttl = ttlByRoute(evidence.routeOf, steps, stepOf(common.x));

  const size = chooseSize(await curves.overSize(ttl));
  const sized = { ...evidence.memory, maxBytes: size.x };
  const policies = await curves.overPolicies(sized, ttl);
  const policy = choosePolicy(policies);
  const { hasRoom: _, ...expected } = await curves.estimate({ memory: { ...sized, policy: policy.policy }, ttl });
  const ignored = parameters.filter(({ verdict }) => verdict === 'looks safe to ignore');
  const uncached = routes.filter(isNotWorthIt).map(({ route }) => patternOf(route)!);
  return {
    ttlMs: common.x,
    maxBytes: size.x,
    policy: policy.policy,
    ignoreParams: ignored.map(({ name }) => name),
    routeTtls: [...own].map(([route, { x, hitRatio, outdatedShare }]) => {
      return { path: patternOf(route)!, ttlMs: x, hitRatio, outdatedShare };
    }),
    uncached,
    expected,
    gainOfIgnoring: Math.max(0, ...ignored.map(({ gain }) => gain)),
    reasons: [
      `ttl ${durationOption(common.x)} for everything: ${percent(common.hitRatio)} hits, ${percent(common.outdatedShare)} of them possibly outdated`,
      ...[...own].map(([route, { x, hitRatio, outdatedShare }]) => {
        return `ttl ${durationOption(x)} for ${patternOf(route)!}: ${percent(hitRatio)} of it hits, ${percent(outdatedShare)} of them possibly outdated`;
      }),
      `memory ${bytesText(size.x)}: ${percent(size.hitRatio)} hits; more memory adds less than ${percent(1 - SIZE_ENOUGH)} of that`,
      policyReason(policy, policies),
      ...ignored.map(
        ({ name, equalShare, compared }) =>
          `without the parameter ${name}, ${percent(equalShare)} of ${compared} compared answers had the same size`,
      ),
      ...uncached.map((path) => `${path} is hardly ever asked for twice, or changes all the time`),
    ],
  };
}

/** The routes whose best lifetime makes a difference to the common one: in hits, or in what is outdated. */
function chooseRouteTtls({ routes, routeTtls, requests }: Evidence, common: CurvePoint): Map<string, CurvePoint> {
  const own = new Map<string, CurvePoint>();
  for (const row of routes) {
    const curve = routeTtls.get(row.route);
    if (curve === undefined || patternOf(row.route) === undefined || isNotWorthIt(row)) continue;
    const isUnchanged = row.compared >= ENOUGH_COMPARED && row.changeShare === 0;
    const chosen = chooseTtl(curve, isUnchanged ? LONGEST_UNCHANGED_MS : LONGEST_TTL_MS);
    const usual = curve.find(({ x }) => x === common.x)!;
    const outdated = ({ hitRatio, outdatedShare }: CurvePoint): number => hitRatio * outdatedShare;
    const difference = Math.max(chosen.hitRatio - usual.hitRatio, outdated(usual) - outdated(chosen));
    if (chosen.x !== common.x && difference * row.requests >= RULE_MARGIN * requests) own.set(row.route, chosen);
  }
  return own;
}

/** The shortest of those that give nearly the best of what is not outdated too often. */
function chooseTtl(curve: readonly CurvePoint[], longestMs: number): CurvePoint {
  const allowed = curve.filter(({ x, outdatedShare }) => x <= longestMs && outdatedShare <= OUTDATED_ALLOWED);
  const candidates = allowed.length > 0 ? allowed : curve.slice(0, 1);
  const best = Math.max(...candidates.map(({ hitRatio }) => hitRatio));
  return candidates.find(({ hitRatio }) => hitRatio >= TTL_ENOUGH * best)!;
}

function chooseSize(curve: readonly CurvePoint[]): CurvePoint {
  const best = Math.max(...curve.map(({ hitRatio }) => hitRatio));
  return curve.find(({ hitRatio }) => hitRatio >= SIZE_ENOUGH * best)!;
}

function choosePolicy(policies: readonly PolicyPoint[]): PolicyPoint {
  const usual = policies[0]!;
  const best = policies.reduce((one, other) => (other.hitRatio > one.hitRatio ? other : one));
  return best.hitRatio >= usual.hitRatio + POLICY_MARGIN ? best : usual;
}

function policyReason(chosen: PolicyPoint, policies: readonly PolicyPoint[]): string {
  const others = policies.filter(({ policy }) => policy !== chosen.policy);
  return `policy ${chosen.policy}: ${percent(chosen.hitRatio)}; ${others.map(({ policy, hitRatio }) => `${policy} ${percent(hitRatio)}`).join(', ')}`;
}

function isNotWorthIt({ verdict, route }: RouteRow): boolean {
  const isUseless = verdict === 'hardly ever asked twice' || verdict === 'changes all the time';
  return isUseless && patternOf(route) !== undefined;
}

/** A route as a pattern of a rule; undefined where it says too little. */
function patternOf(route: string): string | undefined {
  const pattern = route
    .split('/')
    .map((segment) => (segment === ':id' ? '*' : segment))
    .join('/');
  const isNarrow = pattern === '/' || /[A-Za-z]/.test(pattern);
  return pattern.startsWith('/') && isNarrow ? pattern : undefined;
}
