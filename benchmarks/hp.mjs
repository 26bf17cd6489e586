import { Session } from 'node:inspector/promises';
import fs from 'node:fs';
const s = new Session(); s.connect();
await s.post('HeapProfiler.startSampling', { samplingInterval: 8192, includeObjectsCollectedByMajorGC: true, stackDepth: 20 });
const orig = process.exit;
process.exit = async () => { const { profile } = await s.post('HeapProfiler.stopSampling'); fs.writeFileSync('/tmp/rp.heapprofile', JSON.stringify(profile)); orig(); };
await import('./scratch.mjs');
