import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '../harness/cores.js';
import { programPath } from '../harness/program-path.js';
import { freePort, ServerProcess } from './server-process.js';
import { BODY } from './servers/body.js';

/** Starts an nginx with one worker process that does what `location` says. */
async function startNginx(
  folder: string,
  name: string,
  role: Role,
  { http = '', location }: { http?: string; location: string },
): Promise<ServerProcess> {
  const port = await freePort();
  const home = join(folder, name);
  for (const each of ['', 'body', 'proxy', 'cache']) mkdirSync(join(home, each), { recursive: true });
  const config = `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${home}/nginx.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  client_body_temp_path ${home}/body;
  proxy_temp_path ${home}/proxy;
  fastcgi_temp_path ${home}/body;
  uwsgi_temp_path ${home}/body;
  scgi_temp_path ${home}/body;
  ${http}
  server {
    listen 127.0.0.1:${port} backlog=1024;
    ${location}
  }
}
`;
  const path = join(home, 'nginx.conf');
  writeFileSync(path, config);
  const command = [programPath('nginx'), '-e', 'stderr', '-p', home, '-c', path];
  return ServerProcess.start(role, command, port);
}

const ANSWER = `default_type application/json; return 200 '${BODY}';`;

/** Answers everything with the body, out of its configuration. */
export function startNginxStatic(folder: string): Promise<ServerProcess> {
  return startNginx(folder, 'static', 'server', { location: `location / { ${ANSWER} }` });
}

/** The origin behind the proxies: everything may be stored, but what is below `/no-store`. Shares the core of the load. */
export function startNginxOrigin(folder: string): Promise<ServerProcess> {
  const location = `
    location / { add_header Cache-Control "max-age=3600"; ${ANSWER} }
    location /no-store { add_header Cache-Control "no-store"; ${ANSWER} }`;
  return startNginx(folder, 'origin', 'load', { location });
}

/** proxy_cache as its documentation introduces it, and with the files of the cache kept open. */
export function startNginxCache(folder: string, originUrl: string, keepsFilesOpen: boolean): Promise<ServerProcess> {
  const name = keepsFilesOpen ? 'cache-open' : 'cache';
  const http = `
    proxy_cache_path ${join(folder, name, 'cache')} levels=1:2 keys_zone=answers:10m max_size=1g inactive=1h;
    ${keepsFilesOpen ? 'open_file_cache max=10000 inactive=1h; open_file_cache_valid 1h; open_file_cache_min_uses 1;' : ''}
    upstream origin { server ${new URL(originUrl).host}; keepalive 50; }`;
  const location = `
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache answers;
      add_header X-Cache $upstream_cache_status;
    }`;
  return startNginx(folder, name, 'server', { http, location });
}
