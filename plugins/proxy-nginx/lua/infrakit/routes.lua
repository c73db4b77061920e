-- What the plugin has put into the shared dictionary, as this worker reads it. Each thing has a version, which is looked at for
-- every request; its text is read and parsed again only when that is another one.

local state = ngx.shared.infrakit_state

local _M = {}

-- The version that is live; nil: there is no such thing.
local function version_of(kind, name)
  local version = state:get(kind .. "v:" .. name)
  if version == 0 then
    return nil
  end
  return version
end

local caches = {}

-- The parsed text of what is live. A version that was replaced between the two looks has no text any more: look again.
local function current(kind, name, parse)
  local cache = caches[kind]
  if not cache then
    cache = {}
    caches[kind] = cache
  end
  for _ = 1, 10 do
    local version = version_of(kind, name)
    local known = cache[name]
    if known and known.version == version then
      return known
    end
    if not version then
      cache[name] = nil
      return nil
    end
    local text = state:get(string.format("%s:%s:%.0f", kind, name, version))
    if text then
      local parsed = parse(text, name)
      parsed.version = version
      cache[name] = parsed
      return parsed
    end
  end
  return nil
end

local function fields(line)
  local found = {}
  for field in (line .. "\t"):gmatch("([^\t]*)\t") do
    found[#found + 1] = field
  end
  return found
end

local function parse_route(text, name)
  local route = { name = name, backends = {}, servers = {} }
  for line in text:gmatch("[^\n]+") do
    local one = fields(line)
    if one[1] == "route" then
      route.prefix = one[2]
      route.strip = one[3] == "1"
      route.balance = one[4]
      route.max_fails = tonumber(one[5])
      route.fail_seconds = tonumber(one[6]) / 1000
      route.connect = tonumber(one[7]) / 1000
      route.server = tonumber(one[8]) / 1000
      route.client = one[9]
    elseif one[1] == "backend" then
      route.backends[#route.backends + 1] = { weight = tonumber(one[2]) }
    else
      route.servers[#route.servers + 1] = {
        key = name .. "/" .. one[2],
        host = one[3],
        port = tonumber(one[4]),
        share = tonumber(one[5]),
        backend = #route.backends,
        turn = 0,
      }
    end
  end
  return route
end

local function parse_table(text)
  local prefixes = {}
  for prefix, name in text:gmatch("([^\t\n]+)\t([^\n]+)") do
    prefixes[prefix] = name
  end
  return { prefixes = prefixes }
end

local function longest(prefixes, path)
  while path ~= "" do
    local name = prefixes[path]
    if name then
      return name
    end
    path = path:match("^(.*)/[^/]*$")
  end
  return prefixes["/"]
end

-- The name of the route that takes a request; nil: none does.
function _M.find(host, path)
  local by_host = current("t", host, parse_table)
  local name = by_host and longest(by_host.prefixes, path)
  if name then
    return name
  end
  local for_all = current("t", "*", parse_table)
  return for_all and longest(for_all.prefixes, path)
end

function _M.get(name)
  return current("r", name, parse_route)
end

function _M.is_current(route)
  return version_of("r", route.name) == route.version
end

-- The certificate for a name that a client asks for.
function _M.certificate(host, parse)
  return (host and current("c", host, parse)) or current("c", "*", parse)
end

return _M
