-- Requests under way, by server and worker: what a worker that was killed leaves behind counts no more.

local ffi = require "ffi"
local get_request = require("resty.core.base").get_request
local flight = ngx.shared.infrakit_flight
local state = ngx.shared.infrakit_state

ffi.cdef "int shutdown(int fd, int how);"

local _M = {}

local pid
-- By server, those of this worker: what is needed to cut them.
local here = {}

function _M.key(server, worker)
  return server .. ":" .. worker
end

-- Called once in each worker. Nobody else has its pid, so what is counted under it was another one's.
function _M.open()
  pid = ngx.worker.pid()
  state:safe_set("w:" .. ngx.worker.id(), pid)
  local mine = ":" .. pid
  for _, key in ipairs(flight:get_keys(0)) do
    if key:sub(-#mine) == mine then
      flight:delete(key)
    end
  end
end

-- Counts a request at a server. False: there is no room to count it, so it must not be sent.
function _M.begin(server)
  local key = _M.key(server, pid)
  if flight:incr(key, 1) then
    return true
  end
  return (flight:safe_add(key, 1)) or flight:incr(key, 1) ~= nil
end

function _M.finish(server)
  flight:incr(_M.key(server, pid), -1)
end

function _M.remember(server, ctx)
  local all = here[server]
  if not all then
    all = {}
    here[server] = all
  end
  all[ctx] = get_request()
end

function _M.forget(server, ctx)
  local all = here[server]
  if not all then
    return
  end
  all[ctx] = nil
  if next(all) == nil then
    here[server] = nil
  end
end

-- Of a server, in all workers of the present.
function _M.count(server)
  local sum = 0
  for at = 0, ngx.worker.count() - 1 do
    local worker = state:get("w:" .. at)
    sum = sum + (worker and flight:get(_M.key(server, worker)) or 0)
  end
  return sum
end

-- The beginnings of nginx's structures, which have been the same for many years: of a request, of what it has to do with its
-- server, and of a connection. Where nginx was built without its cache, a request has one pointer less.
ffi.cdef [[
typedef struct { void *data, *read, *write; int fd; } infrakit_connection;
typedef struct { void *read, *write; infrakit_connection *connection; } infrakit_upstream;
typedef struct {
  uint32_t signature; infrakit_connection *connection;
  void *ctx, *main_conf, *srv_conf, *loc_conf, *read, *write, *cache;
  infrakit_upstream *upstream;
} infrakit_request;
]]
local signature = 0x50545448

-- Ends what is under way at a server in this worker, by closing the connection to the server.
local function cut(server)
  local count = 0
  for _, pointer in pairs(here[server] or {}) do
    local request = ffi.cast("infrakit_request *", pointer)
    if request.signature == signature and request.upstream ~= nil and request.upstream.connection ~= nil then
      ffi.C.shutdown(request.upstream.connection.fd, 2)
      count = count + 1
    end
  end
  return count
end

local seen = 0

-- Called now and then in each worker: does what `/cut` has asked all of them for.
function _M.obey()
  local last = state:get("cut:last") or 0
  while seen < last do
    seen = seen + 1
    local server = state:get("cut:" .. seen)
    if server then
      local count = cut(server)
      if count > 0 then
        state:incr("cut:" .. seen .. ":count", count)
      end
    end
  end
end

-- What was asked for before this worker began is no business of its.
function _M.up_to_date()
  seen = state:get("cut:last") or 0
end

return _M
