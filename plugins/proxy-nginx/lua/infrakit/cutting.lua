-- Looks now and then whether something is to be cut.

local flights = require "infrakit.flights"

local _M = {}

local every_seconds = 0.1

function _M.open()
  flights.up_to_date()
  assert(ngx.timer.every(every_seconds, flights.obey))
end

return _M
