import { REPORT } from './wrk.js';

/** The same request again and again. */
export const SAME = REPORT;

/** Every request for another URL, in this run and in others. */
export const UNIQUE = `
local at = 0
local run = string.format("%x%x", os.time(), math.floor(os.clock() * 1e6))
request = function()
  at = at + 1
  return wrk.format("GET", "/unique/" .. run .. "/" .. at)
end
${REPORT}`;

/** Requests for `/keys/1` to `/keys/<count>`, the n-th as often as 1/n says: a table of draws, made before the run. */
export function zipf(count: number): string {
  return `
local draws = {}
local at = 0
init = function()
  math.randomseed(7)
  local sums, sum = {}, 0
  for rank = 1, ${count} do
    sum = sum + 1 / rank
    sums[rank] = sum
  end
  for draw = 1, 200000 do
    local x, low, high = math.random() * sum, 1, ${count}
    while low < high do
      local middle = math.floor((low + high) / 2)
      if sums[middle] < x then low = middle + 1 else high = middle end
    end
    draws[draw] = wrk.format("GET", "/keys/" .. low)
  end
end
request = function()
  at = at % 200000 + 1
  return draws[at]
end
${REPORT}`;
}

/** PUTs of the same JSON under `/cache/key:1` to `/cache/key:<count>`, one after another. */
export function put(count: number, body: string): string {
  return `
local at = 0
local body = [==[${body}]==]
local headers = { ["Content-Type"] = "application/json" }
request = function()
  at = at % ${count} + 1
  return wrk.format("PUT", "/cache/key:" .. at, headers, body)
end
${REPORT}`;
}
