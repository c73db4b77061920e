-- What the plugin says and asks, over a socket that only its owner can open. Bodies are lines.

local flights = require "infrakit.flights"
local counts = ngx.shared.infrakit_counts
local flight = ngx.shared.infrakit_flight
local state = ngx.shared.infrakit_state

local _M = {}

-- Both sides speak the same one, or the plugin has nginx load the new.
_M.protocol = 1

local function body()
  ngx.req.read_body()
  return ngx.req.get_body_data() or ""
end

-- `KIND NAME VERSION LENGTH` and so many bytes; -1: there is to be none.
local function parse_things(text)
  local things, at = {}, 1
  while at <= #text do
    local _, stop, kind, name, version, length = text:find("^(%a) (%S+) (%d+) (%-?%d+)\n", at)
    assert(stop, "not understood")
    length = tonumber(length)
    things[#things + 1] = {
      kind = kind,
      name = name,
      version = tonumber(version),
      text = length >= 0 and text:sub(stop + 1, stop + length) or nil,
    }
    at = stop + 1 + math.max(length, 0)
  end
  return things
end

local function version_key(thing)
  return thing.kind .. "v:" .. thing.name
end

local function text_key(thing, version)
  return string.format("%s:%s:%.0f", thing.kind, thing.name, version)
end

-- Makes room for all of them before any is live. Answers what was wrong.
local function stage(things)
  for _, thing in ipairs(things) do
    if thing.text then
      local ok, problem = state:safe_set(text_key(thing, thing.version), thing.text)
      if not ok then
        return problem
      end
      if thing.kind == "r" then
        -- There already, they need no room later, which could be made only by dropping something.
        state:safe_add("hv:" .. thing.name, 0)
        state:safe_add("changes", 0)
      end
      ok, problem = state:safe_add(version_key(thing), 0)
      if not ok and problem ~= "exists" then
        return problem
      end
    end
  end
end

local function unstage(things)
  for _, thing in ipairs(things) do
    state:delete(text_key(thing, thing.version))
  end
end

local function flip(thing)
  local before = state:get(version_key(thing)) or 0
  if thing.text then
    state:safe_set(version_key(thing), thing.version)
  else
    state:delete(version_key(thing))
    if thing.kind == "r" then
      state:delete("hv:" .. thing.name)
    end
  end
  if before ~= 0 and before ~= thing.version then
    state:delete(text_key(thing, before))
  end
end

-- Kind, name, version and digest of what is live, as it is read back.
local function describe(kind, name)
  local version = state:get(kind .. "v:" .. name) or 0
  local text = version ~= 0 and state:get(text_key({ kind = kind, name = name }, version))
  return string.format("%s %s %.0f %s", kind, name, version, text and ngx.md5(text) or "-")
end

function _M.put_all(text)
  local things = parse_things(text)
  local problem = stage(things)
  if problem then
    unstage(things)
    return nil, problem
  end
  local lines = {}
  for _, thing in ipairs(things) do
    flip(thing)
  end
  for at, thing in ipairs(things) do
    lines[at] = describe(thing.kind, thing.name)
  end
  return lines
end

local handlers = {}

handlers["/put"] = function()
  return _M.put_all(body())
end

handlers["/list"] = function()
  local lines = {}
  for _, key in ipairs(state:get_keys(0)) do
    local kind, name = key:match("^(%a)v:(.+)$")
    if kind and kind ~= "h" then
      lines[#lines + 1] = describe(kind, name)
    end
  end
  return lines
end

-- Servers that there is something under way at: `PID COUNT SERVER`.
handlers["/flights"] = function()
  local lines = {}
  for _, key in ipairs(flight:get_keys(0)) do
    local server, pid = key:match("^(.*):(%d+)$")
    local count = flight:get(key) or 0
    if server and count > 0 then
      lines[#lines + 1] = pid .. " " .. count .. " " .. server
    end
  end
  return lines
end

local counters = { "requests", "1", "2", "3", "4", "5", "connect", "answer", "retries", "ms" }

-- The pids of the workers, then a server a line; a line of figures for each.
handlers["/look"] = function()
  local lines, pids = {}, nil
  for line in body():gmatch("[^\n]+") do
    if not pids then
      pids = {}
      for pid in line:gmatch("%d+") do
        pids[#pids + 1] = pid
      end
    else
      local under_way = 0
      for _, pid in ipairs(pids) do
        under_way = under_way + math.max(0, flight:get(flights.key(line, pid)) or 0)
      end
      local rests = (state:get("rest:" .. line) or 0) > ngx.now()
      local figures = { under_way, rests and 1 or 0, state:get("down:" .. line) or 0 }
      for _, counter in ipairs(counters) do
        figures[#figures + 1] = counts:get(line .. ":" .. counter) or "-"
      end
      lines[#lines + 1] = table.concat(figures, " ")
    end
  end
  return lines
end

-- `ROUTE SERVER 0|1`: whether its check found it to be down.
handlers["/down"] = function()
  for name, server, down in body():gmatch("(%S+) (%S+) (%d)\n") do
    local key = "down:" .. name .. "/" .. server
    if down == "1" then
      local ok, problem = state:safe_set(key, 1)
      if not ok then
        return nil, problem
      end
    else
      state:delete(key)
      state:delete("rest:" .. name .. "/" .. server)
    end
    state:incr("hv:" .. name, 1)
    state:incr("changes", 1)
  end
  return {}
end

-- `down SERVER` by its check, `rest SERVER` after failed connections.
handlers["/unwell"] = function()
  local lines = {}
  for _, key in ipairs(state:get_keys(0)) do
    local kind, server = key:match("^(%a+):(.+)$")
    if kind == "down" or (kind == "rest" and (state:get(key) or 0) > ngx.now()) then
      lines[#lines + 1] = kind .. " " .. server
    end
  end
  return lines
end

-- Forgets what is known of servers that are gone, and what dead workers left. The pids that live, then a server a line.
handlers["/forget"] = function()
  local live, gone, first = {}, {}, true
  for line in body():gmatch("[^\n]*") do
    if first then
      first = false
      for pid in line:gmatch("%d+") do
        live[pid] = true
      end
    elseif line ~= "" then
      gone[line] = true
      state:delete("down:" .. line)
      state:delete("rest:" .. line)
      counts:delete(line .. ":fails")
      for _, counter in ipairs(counters) do
        counts:delete(line .. ":" .. counter)
      end
    end
  end
  for _, key in ipairs(flight:get_keys(0)) do
    local server, pid = key:match("^(.*):(%d+)$")
    -- No route names these servers: nobody begins to count there now.
    if pid and (not live[pid] or (gone[server] and (flight:get(key) or 0) <= 0)) then
      flight:delete(key)
    end
  end
  return {}
end

-- Asks all workers to cut what is under way at a server. The answer is the number of the errand.
handlers["/cut"] = function()
  local number = state:incr("cut:last:wanted", 1, 0)
  assert(state:safe_set("cut:" .. number, body(), 60))
  assert(state:safe_set("cut:" .. number .. ":count", 0, 60))
  state:set("cut:last", number)
  return { tostring(number) }
end

handlers["/cut/count"] = function()
  return { tostring(state:get("cut:" .. body() .. ":count") or 0) }
end

handlers["/who"] = function()
  local pids = {}
  for at = 0, ngx.worker.count() - 1 do
    pids[#pids + 1] = state:get("w:" .. at)
  end
  return { tostring(_M.protocol), table.concat(pids, " "), tostring(state:get("changes") or 0) }
end

function _M.serve()
  local handler = handlers[ngx.var.uri]
  if not handler then
    return ngx.exit(404)
  end
  local lines, problem = handler()
  if not lines then
    ngx.status = 507
    lines = { problem }
  end
  local answer = table.concat(lines, "\n")
  ngx.header["Content-Length"] = #answer
  ngx.print(answer)
end

-- What was live when nginx last ended: the names of files, a line each, each as `/put` has it.
function _M.load(folder)
  local index = io.open(folder .. "/index", "r")
  if not index then
    return
  end
  for name in index:lines() do
    local file = io.open(folder .. "/" .. name, "rb")
    if file then
      local ok, problem = _M.put_all(file:read("*a"))
      file:close()
      if not ok then
        ngx.log(ngx.ERR, "cannot load ", folder, "/", name, ": ", problem)
      end
    end
  end
  index:close()
end

return _M
