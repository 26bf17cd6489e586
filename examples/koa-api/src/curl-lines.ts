/** A command to try, and what it shows. */
export interface CurlLine {
  readonly line: string;
  readonly comment: string;
}

/** What to try, in an order that tells a story. Every line works as it is printed. */
export function curlLines(address: string): CurlLine[] {
  const json = "-H 'Content-Type: application/json'";
  return [
    { comment: 'MISS: runs the handler, with its delay', line: `curl -i ${address}/api/users/1` },
    { comment: 'HIT: the same bytes at once', line: `curl -i ${address}/api/users/1` },
    { comment: 'BYPASS: past the cache', line: `curl -i '${address}/api/users/1?nocache=true'` },
    {
      comment: 'A change drops what it concerns …',
      line: `curl -X PUT ${json} -d '{"name":"Updated User A"}' ${address}/api/users/1`,
    },
    { comment: '… so this is a MISS, with the new name', line: `curl -i ${address}/api/users/1` },
    { comment: 'A list, cached for 90 s', line: `curl -i ${address}/api/posts/` },
    {
      comment: 'A new post drops every variant of the list',
      line: `curl -X POST ${json} -d '{"title":"New Post A"}' ${address}/api/posts/`,
    },
    { comment: 'MISS, with the new post', line: `curl -i ${address}/api/posts/` },
    { comment: 'Drops one key by hand', line: `curl -X DELETE ${address}/api/invalidate/GET:/api/posts/` },
    { comment: 'What the cache has done so far', line: `curl ${address}/metrics/cache` },
    { comment: 'The same for Prometheus', line: `curl ${address}/metrics` },
    { comment: 'Whether it is well', line: `curl ${address}/health` },
  ];
}
