// Imported first by every command, so that an old Node gets one clear line instead of a stack trace.
const wanted = [20, 19];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < wanted[0] || (major === wanted[0] && minor < wanted[1])) {
  console.error(`CacheWarp needs Node ${wanted.join('.')} or newer; this is Node ${process.versions.node}.`);
  process.exit(1);
}
