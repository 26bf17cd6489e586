import { Script } from './script.js';

/*
 * Every script is safe to run twice, declares its keys, and keeps to the slot of one of them. Positions of the header that stored values
 * begin with are those of entries/stored-value.ts; places in Lua count from 1.
 */

/** Joins the log: begins it anew where it is missing, of another server, or the one that ARGV[4] names as no longer to be believed. */
export const JOIN = new Script(
  'join',
  `-- log marks stream reserve; epoch gen ttlMs refused reserveBytes
local run = ''
local info = redis.pcall('INFO', 'server')
if type(info) == 'string' then run = string.match(info, 'run_id:(%w+)') or '' end
local s = redis.pcall('HMGET', KEYS[1], 'epoch', 'seq', 'floor', 'gen', 'run')
if s.err or not s[1] or s[1] == ARGV[4] or (run ~= '' and s[5] ~= '' and s[5] ~= run) then
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'seq', '0', 'floor', '0', 'gen', ARGV[2], 'run', run)
  s = { ARGV[1], '0', '0', ARGV[2], run }
elseif run ~= '' and s[5] == '' then
  redis.call('HSET', KEYS[1], 'run', run)
end
redis.pcall('SET', KEYS[4], string.rep('.', tonumber(ARGV[5])), 'NX')
for i = 1, 4 do redis.pcall('PEXPIRE', KEYS[i], ARGV[3]) end
local now = redis.call('TIME')
return { s[1], s[2], s[3], s[4], run, now[1], now[2] }`,
);

/**
 * Appends a record. Where Redis refuses to write for want of memory, or something foreign lies in the log's place, the log is removed
 * instead: that is always permitted, and makes everything invalid.
 */
export const APPEND = new Script(
  'append',
  `-- log marks stream reserve; token resent soft at record maxMarkers maxRecords maxAgeSeconds ttlMs field…
local now = tonumber(redis.call('TIME')[1])
local s = redis.pcall('HMGET', KEYS[1], 'epoch', 'seq', 'run')
if s.err or not s[1] then return { 'lost' } end
local info = redis.pcall('INFO', 'server')
if type(info) == 'string' and s[3] ~= '' then
  if (string.match(info, 'run_id:(%w+)') or s[3]) ~= s[3] then return { 'lost' } end
end
if ARGV[2] == '1' then
  local newest = redis.pcall('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1000)
  for i = 1, #newest do
    if newest[i][2][2] == ARGV[1] then return { 'done', s[1], string.match(newest[i][1], '^%d+') } end
  end
end
local seq = string.format('%d', tonumber(s[2]) + 1)
local soft = ARGV[3] == '1'
local failure
local function try(...)
  if failure then return end
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then failure = reply.err end
  return reply
end
for i = 10, #ARGV do
  local field = ARGV[i]
  local old = redis.call('HGET', KEYS[1], field)
  local hard, softAt, softSeq = '0', '0', '0'
  if old then hard, softSeq, softAt = string.match(old, '^(%d+)|(%d+)|([%d.e+-]+)$') end
  if soft then
    softSeq = seq
    if tonumber(ARGV[4]) > tonumber(softAt or 0) then softAt = ARGV[4] end
  else
    hard = seq
  end
  try('HSET', KEYS[1], field, (hard or '0') .. '|' .. (softSeq or '0') .. '|' .. (softAt or '0'))
  try('ZADD', KEYS[2], seq, field)
end
try('HSET', KEYS[1], 'seq', seq)
try('XADD', KEYS[3], 'MAXLEN', '~', ARGV[7], seq .. '-0', 't', ARGV[1], 'r', ARGV[5], 'a', now)
if failure then
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
  return { 'removed', failure }
end
local over = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[6])
if over > 0 then
  local gone = redis.call('ZPOPMIN', KEYS[2], over)
  local floor = redis.call('HGET', KEYS[1], 'floor')
  for i = 1, #gone, 2 do
    redis.call('HDEL', KEYS[1], gone[i])
    if tonumber(gone[i + 1]) > tonumber(floor) then floor = string.format('%d', tonumber(gone[i + 1])) end
  end
  redis.call('HSET', KEYS[1], 'floor', floor)
end
if tonumber(seq) % 16 == 0 then
  local upTo
  for _, row in ipairs(redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 64)) do
    if tonumber(row[2][6]) >= now - tonumber(ARGV[8]) then break end
    upTo = string.match(row[1], '^%d+')
  end
  if upTo then redis.call('XTRIM', KEYS[3], 'MINID', string.format('%d', tonumber(upTo) + 1)) end
  for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ARGV[9]) end
end
if seq == '1' then for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ARGV[9]) end end
return { 'done', s[1], seq }`,
);

/** Where the log is, and on which server: for Redis Cluster, where the connection does not say. */
export const WHERE = new Script(
  'where',
  `-- log
local s = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'gen', 'run')
local info = redis.pcall('INFO', 'server')
if type(info) == 'string' and s[4] and s[4] ~= '' then
  if (string.match(info, 'run_id:(%w+)') or s[4]) ~= s[4] then s[1] = false end
end
return { s[1], s[2], s[3] }`,
);

/** Names what is stored from now on anew, so that what was stored before is not there any more. */
export const CLEAR = new Script(
  'clear',
  `-- log marks stream reserve; gen
local s = redis.pcall('HGET', KEYS[1], 'gen')
if type(s) ~= 'string' then return 0 end
local done = redis.pcall('HSET', KEYS[1], 'gen', ARGV[1])
if type(done) == 'table' and done.err then redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4]) return 0 end
return 1`,
);

/**
 * Leases what is missing, or everything where it is to be replaced. Values are read beside it by MGET: passing them through Lua costs ten
 * times as much. Answers nothing where everything is there, else a status for each: 0 there, 1 leased, 2 and more: taken for so long,
 * less 2; an error in words where no lease is possible. The token of the nth lease is the given beginning and a number.
 */
export const LEASE = new Script(
  'lease',
  `-- value lease, value lease…; leaseMs replaces tokenBegin tokenNumber
local statuses = {}
if ARGV[2] == '0' then
  local names = {}
  for i = 1, #KEYS, 2 do names[#names + 1] = KEYS[i] end
  if redis.call('EXISTS', unpack(names)) == #names then return statuses end
end
for i = 1, #KEYS / 2 do
  if ARGV[2] == '0' and redis.call('EXISTS', KEYS[2 * i - 1]) == 1 then
    statuses[i] = 0
  else
    local lease = KEYS[2 * i]
    local token = ARGV[3] .. string.format('%06x', tonumber(ARGV[4]) + i - 1)
    local taken = redis.pcall('SET', lease, token, 'NX', 'PX', ARGV[1])
    if type(taken) == 'table' and taken.err then
      statuses[i] = taken.err
    elseif taken then
      statuses[i] = 1
    else
      local holder = redis.call('MGET', lease)[1]
      local left = redis.call('PTTL', lease)
      if not holder or left < 0 then
        redis.call('DEL', lease)
        redis.call('SET', lease, token, 'PX', ARGV[1])
        statuses[i] = 1
      elseif string.sub(holder, 1, #token) == token then
        statuses[i] = 1
      else
        if string.sub(holder, -1) ~= '*' then redis.pcall('APPEND', lease, '*') end
        statuses[i] = 2 + left
      end
    end
  end
end
return statuses`,
);

const HELD = `local function held(name, token)
  local holder = redis.call('MGET', name)[1]
  return holder and string.sub(holder, 1, #token) == token and holder
end
local function tell(holder, key)
  if holder and string.sub(holder, -1) == '*' then redis.pcall('PUBLISH', ARGV[1], key) end
end
`;

const LATER = `local function isLater(name, value)
  local stored = redis.pcall('GETRANGE', name, 0, 37)
  if type(stored) ~= 'string' or #stored < 38 or string.sub(stored, 1, 1) ~= string.sub(value, 1, 1) then return false end
  if string.sub(stored, 11, 26) ~= string.sub(value, 11, 26) then return false end
  return struct.unpack('>d', string.sub(stored, 3, 10)) > struct.unpack('>d', string.sub(value, 3, 10))
end
`;

/**
 * Does `one(i)` for each of `count` calls. What goes wrong with the first of them is the answer to all, for nothing was written then, and
 * what it says of the server (that it is a replica, or out of memory) goes for all; with a later one it is that one's answer, in words.
 */
const EACH = `local results = {}
for i = 1, count do
  local isDone, result = pcall(one, i)
  if isDone then
    results[i] = result
  elseif i == 1 then
    return type(result) == 'table' and result or redis.error_reply(tostring(result))
  else
    results[i] = type(result) == 'table' and result.err or tostring(result)
  end
end
return results`;

/** Stores what leases were taken for and ends the leases. Answers a list: 1 where it was held. */
export const FILL = new Script(
  'fill',
  `-- value lease, value lease…; channel, key token blob ttlMs, key token blob ttlMs…
${HELD}${LATER}
local count = #KEYS / 2
local function one(i)
  local value, lease = KEYS[2 * i - 1], KEYS[2 * i]
  local key, token, blob, ttlMs = ARGV[4 * i - 2], ARGV[4 * i - 1], ARGV[4 * i], ARGV[4 * i + 1]
  local holder = held(lease, token)
  if not holder then
    local stored = redis.pcall('GETRANGE', value, 0, 37)
    return type(stored) == 'string' and string.sub(stored, 27, 38) == token and 1 or 0
  end
  if tonumber(ttlMs) <= 0 then
    redis.call('DEL', value)
  elseif not isLater(value, blob) then
    redis.call('SET', value, blob, 'PX', ttlMs)
  end
  redis.call('DEL', lease)
  tell(holder, key)
  return 1
end
${EACH}`,
);

/** Stores values unless later ones are there. Answers a list. */
export const SET = new Script(
  'set',
  `-- value, value…; blob ttlMs, blob ttlMs…
${LATER}
local count = #KEYS
local function one(i)
  local blob, ttlMs = ARGV[2 * i - 1], ARGV[2 * i]
  if isLater(KEYS[i], blob) then return 0 end
  if tonumber(ttlMs) <= 0 then redis.call('DEL', KEYS[i]) else redis.call('SET', KEYS[i], blob, 'PX', ttlMs) end
  return 1
end
${EACH}`,
);

/** Gives a lease back. */
export const RELEASE = new Script(
  'release',
  `-- lease; channel key token
${HELD}
local holder = held(KEYS[1], ARGV[3])
if not holder then return 0 end
redis.call('DEL', KEYS[1])
tell(holder, ARGV[2])
return 1`,
);

/** Lets a lease last. */
export const RENEW = new Script(
  'renew',
  `-- lease; channel key token leaseMs
${HELD}
if not held(KEYS[1], ARGV[3]) then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[4])`,
);

/** Forgets a value, and ends the lease of whoever fills it. */
export const DROP = new Script(
  'drop',
  `-- value lease; channel key
${HELD}
local holder = redis.call('MGET', KEYS[2])[1]
redis.call('DEL', KEYS[2])
tell(holder, ARGV[2])
return redis.call('DEL', KEYS[1])`,
);

/** Asks for the end of a lease to be told. Answers 0 where there is none. */
export const AWAIT = new Script(
  'await',
  `-- lease
local holder = redis.call('MGET', KEYS[1])[1]
if not holder then return 0 end
if string.sub(holder, -1) ~= '*' then redis.pcall('APPEND', KEYS[1], '*') end
return 1`,
);
