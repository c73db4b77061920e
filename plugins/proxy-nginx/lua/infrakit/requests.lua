-- What happens to a request: it is given its route, then a server, tried again where that is safe, and counted.

local balancer = require "ngx.balancer"
local ssl = require "ngx.ssl"
local choose = require "infrakit.choose"
local flights = require "infrakit.flights"
local routes = require "infrakit.routes"
local counts = ngx.shared.infrakit_counts
local state = ngx.shared.infrakit_state

local _M = {}

-- Of these a second one does no harm.
local idempotent = { GET = true, HEAD = true, OPTIONS = true, TRACE = true, PUT = true, DELETE = true }
-- A longer body is sent on as it comes, and so cannot be sent twice.
local kept_body = 16384
-- More than two: of several connections that were idle, one after the other may be closed just when it is used.
local most_tries = 3

-- The path for the server, as the client wrote it where that is safe to cut.
local function stripped(prefix, path)
  if prefix == "/" then
    return nil
  end
  local raw = ngx.var.request_uri
  local follows = raw:sub(#prefix + 1, #prefix + 1)
  local plain = not raw:find("//", 1, true) and not raw:find("/.", 1, true) and not raw:find("%%2[eE]")
  local rest
  if plain and raw:sub(1, #prefix) == prefix and (follows == "" or follows == "/" or follows == "?") then
    rest = raw:sub(#prefix + 1)
  else
    rest = ngx.escape_uri(path:sub(#prefix + 1), 0):gsub("%%2F", "/")
    rest = rest .. (ngx.var.is_args or "") .. (ngx.var.args or "")
  end
  return rest:sub(1, 1) == "/" and rest or "/" .. rest
end

function _M.route()
  local var = ngx.var
  local path = var.uri
  local name = routes.find(var.host, path)
  local route = name and routes.get(name)
  if not route then
    ngx.status = 404
    ngx.header["Content-Type"] = "text/plain"
    ngx.say("no route takes this request")
    return ngx.exit(404)
  end
  var.infrakit_route = name
  if route.strip then
    var.infrakit_uri = stripped(route.prefix, path) or ""
  end
  local upgrades = var.http_upgrade ~= nil
  if upgrades then
    var.infrakit_connection = "upgrade"
  end
  -- What must not be sent twice gets a connection of its own: one that was idle may be closed just now.
  var.infrakit_upstream = (upgrades or not idempotent[ngx.req.get_method()]) and "infrakit_fresh" or "infrakit_kept"
  local length = tonumber(var.http_content_length)
  local streams = var.http_transfer_encoding ~= nil or (length ~= nil and length > kept_body)
  return ngx.exec((streams and "@stream_" or "@keep_") .. route.client)
end

-- Of the tries that nginx lists, the last one. In the balancer the one that is about to be made is there as well, empty.
local function last_of(list)
  return list and list:match("([^,:%s]+)[,:%s]*$")
end

-- Nothing is under way any more where the last try was made.
local function settle(ctx)
  local flight = ctx.flight
  if not flight then
    return
  end
  ctx.flight = nil
  flights.forget(flight.key, ctx)
  flights.finish(flight.key)
end

local function failed_connection(route, key)
  counts:incr(key .. ":connect", 1, 0)
  if route.max_fails == 0 then
    return
  end
  local fails = counts:incr(key .. ":fails", 1, 0)
  if fails and fails >= route.max_fails then
    state:safe_set("rest:" .. key, ngx.now() + route.fail_seconds)
    state:incr("hv:" .. route.name, 1)
    state:incr("changes", 1)
  end
end

local function note_failure(ctx, sent)
  local flight = ctx.flight
  ctx.tried[flight.key] = true
  if sent then
    counts:incr(flight.key .. ":answer", 1, 0)
  else
    failed_connection(flight.route, flight.key)
  end
end

-- Here nginx itself knows no other answer than 500: `fail` gives the right one.
local function refuse(status)
  ngx.var.infrakit_status = status
  return ngx.exit(ngx.ERROR)
end

function _M.fail()
  return ngx.exit(tonumber(ngx.var.infrakit_status) or 500)
end

-- Chooses and counts as one: whoever makes another version live and then looks at the counts misses nobody.
local function take(name, ctx)
  for _ = 1, 100 do
    local route = routes.get(name)
    local server = route and choose.next(route, ctx.tried)
    if not server then
      return nil
    end
    if not flights.begin(server.key) then
      ngx.log(ngx.ERR, "no room left to count requests: the dictionary infrakit_flight is full")
      return nil
    end
    if routes.is_current(route) then
      return { key = server.key, route = route, host = server.host, port = server.port }
    end
    flights.finish(server.key)
  end
  return nil
end

function _M.balance()
  local ctx = ngx.ctx
  local again = ctx.flight ~= nil
  ctx.tried = ctx.tried or {}
  if again then
    local _, status = balancer.get_last_failure()
    local sent = (tonumber(last_of(ngx.var.upstream_bytes_sent)) or 0) > 0
    note_failure(ctx, sent)
    settle(ctx)
    -- It was begun: slow is not dead.
    if sent and status == 504 then
      return refuse(504)
    end
  end
  local flight = take(ngx.var.infrakit_route, ctx)
  if not flight then
    return refuse(503)
  end
  if again then
    counts:incr(flight.key .. ":retries", 1, 0)
  else
    balancer.set_more_tries(most_tries - 1)
  end
  ctx.flight = flight
  flights.remember(flight.key, ctx)
  local route = flight.route
  balancer.set_timeouts(route.connect, route.server, route.server)
  local ok, problem = balancer.set_current_peer(flight.host, flight.port)
  if not ok then
    ngx.log(ngx.ERR, "cannot use the server ", flight.key, ": ", problem)
    settle(ctx)
    return refuse(502)
  end
end

-- Whether the server ended an answer before all of it was there; known only of those that say how long they are. When the client
-- goes before the end, nginx does not call the request completed.
local function was_cut_short()
  local length = tonumber(ngx.var.upstream_http_content_length)
  if not length or ngx.req.get_method() == "HEAD" or ngx.status == 304 then
    return false
  end
  return ngx.var.request_completion == "OK" and (tonumber(last_of(ngx.var.upstream_response_length)) or 0) < length
end

local function note_answer(ctx)
  local key = ctx.flight.key
  local status = tonumber(last_of(ngx.var.upstream_status))
  local header = tonumber(last_of(ngx.var.upstream_header_time))
  counts:incr(key .. ":requests", 1, 0)
  if not header then
    local sent = (tonumber(last_of(ngx.var.upstream_bytes_sent)) or 0) > 0
    -- The client may have gone first.
    if sent or status == 502 or status == 504 then
      note_failure(ctx, sent)
    end
    return
  end
  if status and status >= 100 and status < 600 then
    counts:incr(key .. ":" .. math.floor(status / 100), 1, 0)
  end
  if (counts:get(key .. ":fails") or 0) > 0 then
    counts:set(key .. ":fails", 0)
  end
  local before = counts:get(key .. ":ms")
  local ms = header * 1000
  counts:set(key .. ":ms", before and before * 0.9 + ms * 0.1 or ms)
  if was_cut_short() then
    counts:incr(key .. ":answer", 1, 0)
  end
end

function _M.log()
  local ctx = ngx.ctx
  if ctx.flight then
    note_answer(ctx)
    settle(ctx)
  end
end

local function parse_certificate(text)
  local certificate, key = text:match("^(.-)%z(.*)$")
  return {
    certificate = assert(ssl.parse_pem_cert(certificate)),
    key = assert(ssl.parse_pem_priv_key(key)),
  }
end

function _M.certificate()
  local name = ssl.server_name()
  local found = routes.certificate(name and name:lower(), parse_certificate)
  if not found then
    return
  end
  ssl.clear_certs()
  assert(ssl.set_cert(found.certificate))
  assert(ssl.set_priv_key(found.key))
end

return _M
