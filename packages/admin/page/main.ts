import type { Frame, HappeningsEvent, Rankings, ServerState } from '../src/message/admin-answers.js';
import { AdminClient } from './admin-client.js';
import { byId, fill } from './dom.js';
import { EventFeed, type FeedState } from './event-feed.js';
import { duration } from './format.js';
import { Inspector } from './inspector.js';
import { KeysPanel } from './keys-panel.js';
import { chip, Overview } from './overview.js';
import { PurgePanel } from './purge-panel.js';
import { RoutesPanel } from './routes-panel.js';
import { TailPanel } from './tail-panel.js';
import { startTheme } from './theme.js';
import { TrafficHistory } from './traffic-history.js';

const client = new AdminClient();
const history = new TrafficHistory();
const inspector = new Inspector(client, (kind, name) => purge.fillIn(kind, name));
const open = (what: string): void => void inspector.open(what);
const purge = new PurgePanel(client, () => keys.refresh());
const keys = new KeysPanel(client, open);
const tail = new TailPanel(open);
const overview = new Overview(history);
const routes = new RoutesPanel(history);
const feed = new EventFeed({ client, onEvent, onState: showFeed });
const shownSeconds = byId<HTMLSelectElement>('window');

let state: ServerState | undefined;
let isPaused = false;
let countdown: ReturnType<typeof setInterval> | undefined;

startTheme(byId('theme'), () => overview.recolor());
startControls();
void start();

/** Never rejects: what goes wrong is shown, and tried again. */
async function start(): Promise<void> {
  try {
    await client.start();
  } catch {
    showFeed({ kind: 'waiting', until: Date.now() + 3_000, why: 'the admin API does not answer' });
    setTimeout(() => void start(), 3_000);
    return;
  }
  feed.connect();
}

function onEvent(event: string, data: unknown): void {
  switch (event) {
    case 'state':
      state = data as ServerState;
      showState(state);
      break;
    case 'history':
      history.replace(data as readonly Frame[]);
      show();
      break;
    case 'frame':
      history.add(data as Frame);
      showOrigins();
      show();
      break;
    case 'top':
      if (!isPaused) keys.showTop(data as Rankings);
      break;
    case 'happenings':
      hear(data as HappeningsEvent);
      break;
    default:
      // A newer listener may tell more than this page knows.
      break;
  }
}

function hear({ happenings, skipped }: HappeningsEvent): void {
  tail.add(happenings, skipped);
  routes.hear(happenings);
  if (!happenings.some(({ kind }) => kind === 'invalidated')) return;
  purge.refreshSoon();
  keys.refreshSoon();
}

function show(): void {
  if (isPaused || document.hidden) return;
  overview.show(state, Number(shownSeconds.value));
  routes.show(state);
}

/** What is wrong is seen at the top, whatever part of the page is in view. */
function showState({ cache, title, redis, draining, nodes, missing, peers, tiers, startedAt }: ServerState): void {
  byId('title').textContent = title ?? `cache ${cache}`;
  byId('title').title = `up ${duration(Date.now() - startedAt)}`;
  document.title = `${title ?? cache} · CacheWarp`;
  const { store } = tiers;
  const chips = [
    draining ? chip('draining', 'warn') : chip('ready', 'good'),
    redis !== 'disabled' && chip(`Redis ${redis}`, redis === 'ok' ? 'good' : 'bad'),
    store !== undefined &&
      redis === 'disabled' &&
      chip(`${store.name} ${store.breaker}`, store.breaker === 'closed' ? 'good' : 'bad'),
  ];
  const view = viewChip(nodes, missing, peers);
  fill(byId('health'), ...chips, view);
  showOrigins();
}

/** Whose figures are shown, where there are more processes than this one, or might be. */
function viewChip(nodes: number, missing: readonly string[], peers: ServerState['peers']): HTMLElement | false {
  const names = `no answer from ${missing.join(', ')}`;
  if (peers === 'away') {
    const shown = chip(nodes > 1 ? `only ${nodes} processes shown` : 'only this process shown', 'warn');
    shown.title = `others are asked through the store, which does not answer${missing.length > 0 ? `; ${names}` : ''}`;
    return shown;
  }
  if (missing.length === 0) return nodes > 1 && chip(`${nodes} processes`, 'good');
  const shown = chip(`${nodes} of ${nodes + missing.length} processes`, 'bad');
  shown.title = names;
  return shown;
}

/** The worst of the origins, beside what the process says of itself. */
function showOrigins(): void {
  const origins = [...(history.last?.origins ?? [])];
  const [worst] = origins.toSorted(([, a], [, b]) => b.breaker - a.breaker || a.healthy - b.healthy);
  const old = document.getElementById('origin-chip');
  if (worst === undefined) {
    old?.remove();
    return;
  }
  const [name, { breaker, healthy }] = worst;
  const isBad = breaker >= 2 || healthy === 0;
  const word = breaker >= 2 ? 'open' : breaker >= 1 ? 'half-open' : healthy === 0 ? 'unhealthy' : 'ok';
  const text = `Origin ${word === 'ok' ? 'ok' : `${origins.length > 1 ? `${name} ` : ''}${word}`}`;
  if (old?.textContent === text) return;
  const made = chip(text, isBad ? 'bad' : breaker >= 1 ? 'warn' : 'good');
  made.id = 'origin-chip';
  old?.remove();
  byId('health').append(made);
}

function showFeed(feedState: FeedState): void {
  clearInterval(countdown);
  const place = byId('connection');
  const notice = byId('notice');
  place.dataset['state'] = feedState.kind;
  notice.hidden = feedState.kind === 'live' || feedState.kind === 'connecting';
  switch (feedState.kind) {
    case 'connecting':
      place.textContent = 'Connecting…';
      break;
    case 'live':
      place.textContent = isPaused ? 'Live, paused' : 'Live';
      void purge.refresh();
      keys.refresh();
      break;
    case 'waiting': {
      const tell = (): void => {
        const seconds = Math.max(0, Math.ceil((feedState.until - Date.now()) / 1000));
        place.textContent = `Again in ${seconds} s`;
      };
      notice.textContent = `Not connected: ${feedState.why}. What is shown is from before; the page connects by itself.`;
      tell();
      countdown = setInterval(tell, 500);
      break;
    }
    case 'refused': {
      place.textContent = 'Refused';
      const again = document.createElement('button');
      again.textContent = 'Try again';
      again.addEventListener('click', () => feed.connect());
      fill(notice, `The admin API refused: ${feedState.why} `, again);
      break;
    }
  }
}

function startControls(): void {
  const pause = byId('pause');
  const toggle = (): void => {
    isPaused = !isPaused;
    tail.isPaused = isPaused;
    pause.setAttribute('aria-pressed', String(isPaused));
    pause.textContent = isPaused ? 'Resume' : 'Pause';
    const connection = byId('connection');
    if (connection.dataset['state'] === 'live') connection.textContent = isPaused ? 'Live, paused' : 'Live';
    show();
  };
  pause.addEventListener('click', toggle);
  shownSeconds.addEventListener('change', show);
  document.addEventListener('visibilitychange', show);
  byId<HTMLFormElement>('search').addEventListener('submit', (event) => {
    event.preventDefault();
    const what = byId<HTMLInputElement>('search-input').value.trim();
    if (what !== '') open(what);
  });
  document.addEventListener('keydown', (event) => {
    const isTyping =
      event.target instanceof Element && event.target.closest('input, select, textarea, dialog') !== null;
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '/') {
      event.preventDefault();
      byId('search-input').focus();
    } else if (event.key === 'p') toggle();
  });
}
