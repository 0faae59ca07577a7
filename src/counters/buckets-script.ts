/**
 * Takes from buckets in Redis: all of it or nothing, or (`force`) whether or not it is there. One that refills is the moment at which it
 * will be full, on the clock of Redis; one that is held is a hash of what each replica holds, and until when that is believed. No debt
 * is kept beyond ten minutes: what lies further ahead was written before that clock was set back, and counts as empty.
 * ARGV: self, lease, force, then for each key: `minute` or `moment`, limit, amount, what self holds with it.
 * Answers which was refused (0 for none), for how many milliseconds, then what remains of each and when it is full.
 */
export const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local self, lease, force = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'
local WINDOW, FURTHEST = 60000, 600000
local levels, refused, longest = {}, 0, 0
for i, key in ipairs(KEYS) do
  local at = 4 * i
  local per, limit, amount, mine = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local wait = 0
  if per == 'minute' then
    local level = (tonumber(redis.call('GET', key) or '0') or 0) - now
    if level < 0 then level = 0 elseif level > FURTHEST then level = WINDOW end
    levels[i] = level
    wait = level + amount * WINDOW / limit - WINDOW
    if wait <= WINDOW / limit / 100 then wait = 0 end
  else
    local others = 0
    local all = redis.call('HGETALL', key)
    for j = 1, #all, 2 do
      local count, till = string.match(all[j + 1], '^(%d+) (%d+)$')
      if count == nil or tonumber(till) < now or tonumber(till) > now + lease then redis.call('HDEL', key, all[j])
      elseif all[j] ~= self then others = others + tonumber(count) end
    end
    levels[i] = others
    if amount > 0 and others + mine > limit then wait = 1000 end
  end
  if wait > longest then refused, longest = i, wait end
end
if force then refused = 0 end
local told = { refused, math.ceil(longest) }
for i, key in ipairs(KEYS) do
  local at = 4 * i
  local per, limit, amount, mine = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local level = levels[i]
  local remaining, reset
  if per == 'minute' then
    if refused == 0 and amount ~= 0 then
      level = math.min(FURTHEST, level + amount * WINDOW / limit)
      if level <= 0 then
        level = 0
        redis.call('DEL', key)
      else redis.call('SET', key, string.format('%.3f', now + level), 'PX', math.ceil(level) + 1000) end
    end
    remaining, reset = math.floor((WINDOW - level) * limit / WINDOW + 0.01), math.ceil(level)
  else
    if refused == 0 then
      if mine > 0 then
        redis.call('HSET', key, self, string.format('%d %d', mine, now + lease))
        redis.call('PEXPIRE', key, 2 * lease)
      else redis.call('HDEL', key, self) end
    else mine = math.max(0, mine - amount) end
    remaining, reset = limit - level - mine, 0
  end
  told[2 * i + 1], told[2 * i + 2] = math.max(0, remaining), reset
end
return told`;
