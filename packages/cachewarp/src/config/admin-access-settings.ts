import { text, type Setting } from './setting.js';

/** Who may reach the admin API, for every command that has one. */
export const ADMIN_ACCESS_SETTINGS: readonly Setting[] = [
  {
    path: 'admin.host',
    flag: 'admin-host',
    placeholder: 'address',
    env: ['CACHEWARP_ADMIN_HOST'],
    read: text,
    help: 'address of the admin API (127.0.0.1); another one needs a token',
  },
  {
    path: 'admin.token',
    env: ['CACHEWARP_ADMIN_TOKEN'],
    read: text,
    help: 'bearer token of the admin API',
    isSecret: true,
  },
];
