-- Which server is next. Shares are those of the contract: of a backend that has none to serve, others get the share; of a server
-- that is down or rests, those beside it in its backend do.

local flights = require "infrakit.flights"
local state = ngx.shared.infrakit_state

local _M = {}

local huge = math.huge

-- Reads anew who is down or rests, when that has changed or a rest may be over.
local function look(route)
  local health = state:get("hv:" .. route.name) or 0
  local now = ngx.now()
  if route.health == health and now < route.until_time then
    return
  end
  route.health = health
  route.until_time = huge
  for _, server in ipairs(route.servers) do
    server.down = state:get("down:" .. server.key) == 1
    local rest = state:get("rest:" .. server.key) or 0
    server.rests = rest > now
    if server.rests and rest < route.until_time then
      route.until_time = rest
    end
  end
end

-- Gives each server its weight among those that may be chosen. Returns whether there is one.
local function weigh(route, may)
  local of_backend, sum = {}, 0
  for _, server in ipairs(route.servers) do
    server.weight = 0
    if server.share > 0 and may(server) then
      of_backend[server.backend] = (of_backend[server.backend] or 0) + server.share
    end
  end
  for _, server in ipairs(route.servers) do
    local whole = of_backend[server.backend]
    local backend = route.backends[server.backend].weight
    if whole and backend > 0 and server.share > 0 and may(server) then
      server.weight = backend * server.share / whole
      sum = sum + server.weight
    end
  end
  return sum
end

-- Each gets its share as evenly as can be; workers begin at different places.
local function in_turn(route, sum)
  local best
  for _, server in ipairs(route.servers) do
    if server.weight > 0 then
      server.turn = server.turn + server.weight
      if not best or server.turn > best.turn then
        best = server
      end
    end
  end
  if best then
    best.turn = best.turn - sum
  end
  return best
end

-- Those with more than the least are out; those with as much take turns.
local function least_busy(route)
  local least = huge
  for _, server in ipairs(route.servers) do
    if server.weight > 0 then
      server.load = (flights.count(server.key) + 1) / server.weight
      least = math.min(least, server.load)
    end
  end
  local sum = 0
  for _, server in ipairs(route.servers) do
    if server.weight > 0 and server.load > least then
      server.weight = 0
    end
    sum = sum + server.weight
  end
  return in_turn(route, sum)
end

-- The same address gets the same server; when servers come and go, only the clients of those move.
local function by_address(route)
  local best, most
  for _, server in ipairs(route.servers) do
    if server.weight > 0 then
      local a, b, c = ngx.md5_bin(ngx.var.remote_addr .. server.key):byte(1, 3)
      local score = -server.weight / math.log((a * 65536 + b * 256 + c + 0.5) / 16777216)
      if not best or score > most then
        best, most = server, score
      end
    end
  end
  return best
end

local function begin_somewhere(route)
  if route.begun then
    return
  end
  route.begun = true
  for _, server in ipairs(route.servers) do
    server.turn = math.random() * 0.001
  end
end

-- The next server of a route, or nil. tried: servers that this request has failed at, by key.
function _M.next(route, tried)
  begin_somewhere(route)
  look(route)
  local sum = weigh(route, function(server)
    return not server.down and not server.rests and not tried[server.key]
  end)
  -- Rather one that rests, or that failed a moment ago, than none.
  if sum == 0 then
    sum = weigh(route, function(server)
      return not server.down and not tried[server.key]
    end)
  end
  if sum == 0 then
    sum = weigh(route, function(server)
      return not server.down
    end)
  end
  if sum == 0 then
    return nil
  end
  if route.balance == "least_conn" then
    return least_busy(route)
  end
  if route.balance == "ip_hash" then
    return by_address(route)
  end
  return in_turn(route, sum)
end

return _M
