import type { Curves } from '../run/curves.js';
import type { TrialMemory } from '../run/sample-run.js';
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

/** What the recommendation is made from. */
export interface Evidence {
  readonly memory: TrialMemory;
  readonly ttlCurve: readonly CurvePoint[];
  readonly curves: Curves;
  readonly routes: readonly RouteRow[];
  readonly parameters: readonly ParameterRow[];
}

/** What we would start with, and why. Each step is decided with what the steps before it have chosen. */
export async function recommend(evidence: Evidence): Promise<Recommendation> {
  const ttl = chooseTtl(evidence.ttlCurve);
  const size = chooseSize(await evidence.curves.overSize(ttl.x));
  const sized = { ...evidence.memory, maxBytes: size.x };
  const policies = await evidence.curves.overPolicies(sized, ttl.x);
  const policy = choosePolicy(policies);
  const { hasRoom: _, ...expected } = await evidence.curves.estimate({
    memory: { ...sized, policy: policy.policy },
    ttlMs: ttl.x,
  });
  const ignored = evidence.parameters.filter(({ verdict }) => verdict === 'looks safe to ignore');
  const uncached = evidence.routes.filter(isNotWorthIt).map(({ route }) => patternOf(route)!);
  return {
    ttlMs: ttl.x,
    maxBytes: size.x,
    policy: policy.policy,
    ignoreParams: ignored.map(({ name }) => name),
    uncached,
    expected,
    gainOfIgnoring: Math.max(0, ...ignored.map(({ gain }) => gain)),
    reasons: [
      `ttl ${durationOption(ttl.x)}: ${percent(ttl.hitRatio)} hits, ${percent(ttl.outdatedShare)} of them possibly outdated`,
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

/** The shortest of those that give nearly the best of what is not outdated too often. */
function chooseTtl(curve: readonly CurvePoint[]): CurvePoint {
  const allowed = curve.filter(({ x, outdatedShare }) => x <= LONGEST_TTL_MS && outdatedShare <= OUTDATED_ALLOWED);
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
  const isNarrow = /[A-Za-z]/.test(pattern.replace(/\*\.\w+/g, ''));
  return pattern.startsWith('/') && isNarrow ? pattern : undefined;
}
