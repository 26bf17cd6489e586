import type { AdaptiveSettings } from './adaptive-options.js';
import { ClassMeans } from './class-means.js';
import { boundsOf, essenceOf, type TtlBounds } from './content-type-bounds.js';
import { OriginPressure } from './origin-pressure.js';
import { RecentMap } from './recent-map.js';
import { StalePrice } from './stale-price.js';

/** What the objects of one rule share: the price, which keeps its budget, and the pressure on its origin. */
export interface RuleState {
  readonly name: string;
  readonly staleBudget: number;
  readonly price: StalePrice;
  readonly pressure: OriginPressure;
}

/** A class: the objects of one rule and content type. */
export interface AdaptiveClass {
  readonly rule: RuleState;
  readonly contentType: string;
  readonly means: ClassMeans;
  /** Of the settings that it was last asked for with. */
  settings: AdaptiveSettings;
  bounds: TtlBounds;
}

/** Rules and content types come from configuration and origins; neither may fill the memory. */
const MOST_RULES = 1000;
const MOST_CLASSES = 5000;

/** The classes that objects were met in. Those not met for longest are forgotten, and begin anew. */
export class AdaptiveClasses {
  readonly #rules = new RecentMap<RuleState>(MOST_RULES);
  readonly #classes = new RecentMap<AdaptiveClass>(MOST_CLASSES);

  /** @param name - of the rule, where the settings name no class */
  of(name: string, settings: AdaptiveSettings, contentType: string): AdaptiveClass {
    const { className = name, staleBudget, isShadow } = settings;
    const rule = this.#ruleOf(className, staleBudget, isShadow);
    const type = essenceOf(contentType);
    const id = `${ruleId(className, staleBudget, isShadow)} ${type}`;
    let found = this.#classes.get(id);
    // A rule that was forgotten and began anew takes its classes with it.
    if (found?.rule !== rule) {
      const bounds = boundsFor(settings, type);
      found = { rule, contentType: type, means: new ClassMeans(), settings, bounds };
    } else if (found.settings !== settings) {
      found.settings = settings;
      found.bounds = boundsFor(settings, type);
    }
    this.#classes.set(id, found);
    return found;
  }

  #ruleOf(name: string, staleBudget: number, isShadow: boolean): RuleState {
    const id = ruleId(name, staleBudget, isShadow);
    const rule = this.#rules.get(id) ?? {
      name,
      staleBudget,
      price: new StalePrice(staleBudget),
      pressure: new OriginPressure(),
    };
    this.#rules.set(id, rule);
    return rule;
  }
}

function boundsFor({ minMs, maxMs }: AdaptiveSettings, contentType: string): TtlBounds {
  const usual = boundsOf(contentType);
  // Where one bound is given, the usual other one gives way.
  const least = minMs ?? Math.min(usual.minMs, maxMs ?? Infinity);
  return { minMs: least, maxMs: maxMs ?? Math.max(usual.maxMs, least) };
}

/** Two budgets cannot be kept by one price; and where the ttls are not those that were advised, their staleness teaches nothing. */
function ruleId(name: string, staleBudget: number, isShadow: boolean): string {
  return `${staleBudget}${isShadow ? ' shadow' : ''} ${name}`;
}
