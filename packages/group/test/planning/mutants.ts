/** One way to get the planner wrong: a piece of its compiled source, and what stands there instead. */
export interface Mutant {
  /** What the planner does wrong: "a planner that ..." */
  readonly name: string
  readonly file?: 'situation.js'
  readonly find: string
  readonly replace: string
}

/** Planners broken on purpose. Each piece must stand in the source exactly once: a stale mutant proves nothing. */
export const mutants: readonly Mutant[] = [
  { name: 'counts twice what has come before its answer', find: ' && !o.seen', replace: '' },
  {
    name: 'takes what is leaving for gone',
    find: 'existing: observed.members.length',
    replace: 'existing: observed.members.length - leaving.size',
  },
  { name: 'forgets what it is working on', find: 'busy: new Set(inFlight', replace: 'busy: new Set([]' },
  {
    name: 'forgets what is coming',
    find: 'const comingIDs = coming.map((o) => o.logicalID)',
    replace: 'const comingIDs = []',
  },
  { name: 'counts on what is leaving', find: "o.kind === 'destroy'", replace: "o.kind === 'stop'" },
  {
    name: 'keeps any of several twins',
    find: '[...live].sort(victimOrder(desired.halted))) {',
    replace: '[...live].reverse()) {',
  },
  { name: 'keeps pets that nobody wants', find: '&& desired.logicalIDs.includes(member.logicalID)', replace: '' },
  { name: 'does not let go whom it was asked to', find: 'if (member.doomed)', replace: 'if (false)' },
  { name: 'lets everybody have a place', find: 'if (!places.has(member))', replace: 'if (false)' },
  { name: 'updates nothing', find: 'if (!member.current && !desired.halted)', replace: 'if (false)' },
  { name: 'updates although halted', find: 'if (!member.current && !desired.halted)', replace: 'if (!member.current)' },
  { name: 'keeps the dead', find: "if (member.condition === 'failed')\n", replace: 'if (false)\n' },
  { name: 'keeps the unhealthy', find: "if (member.condition === 'unhealthy')", replace: 'if (false)' },
  {
    name: 'takes one more than allowed',
    find: 'desired.size - desired.maxUnavailable)',
    replace: 'desired.size - desired.maxUnavailable - 1)',
  },
  {
    name: 'takes one fewer than allowed',
    find: 'desired.size - desired.maxUnavailable)',
    replace: 'desired.size - desired.maxUnavailable + 1)',
  },
  { name: 'lets the dead wait', find: "if (member.condition === 'failed' || member.doomed)", replace: 'if (false)' },
  { name: 'scales down below what must serve', find: '&& ledger.serving - 1 >= least', replace: '' },
  { name: 'scales down only what is known to be spare', find: 'mayServe(member) && surplus', replace: 'false' },
  {
    name: 'takes good ones for what only comes',
    find: 'ledger.serving - 1 >= desired.size',
    replace: 'ledger.serving - 1 >= least',
  },
  { name: 'takes the last healthy one', find: 'ledger.available - 1 >= least', replace: 'ledger.available >= least' },
  { name: 'takes those of unknown health', find: 'return ledger.available >= least', replace: 'return true' },
  { name: 'never takes those of unknown health', find: 'return ledger.available >= least', replace: 'return false' },
  { name: 'keeps too many that serve nobody', find: 'if (surplus)\n', replace: 'if (false)\n' },
  { name: 'replaces all the unhealthy at once', find: 'ledger.unsettled < ', replace: '0 < ' },
  { name: 'goes below the fewest there may be', find: ' && ledger.total - 1 >= least', replace: '' },
  { name: 'forgets how many it has taken', find: 'ledger.total--', replace: '' },
  { name: 'forgets which healthy ones it has taken', find: 'ledger.available--', replace: '' },
  { name: 'forgets which serving ones it has taken', find: 'ledger.serving--', replace: '' },
  { name: 'forgets the gaps it has made', find: 'ledger.unsettled++', replace: '' },
  { name: 'counts what is empty as settled', find: 'Math.max(0, desired.size - total) + s', replace: 's' },
  {
    name: 'keeps the surge when all is done',
    find: 'anyCondemned ? desired.maxSurge : 0',
    replace: 'desired.maxSurge',
  },
  { name: 'takes its own surge for too many', find: 'anyCondemned ? desired.maxSurge : 0', replace: '0' },
  { name: 'takes wanted pets for too many', find: ' && !(desired.logicalIDs && places.has(member))', replace: '' },
  {
    name: 'destroys what cannot be seen',
    find: '|| member.hidden || s.busy.has(member.id))\n            continue;\n        if (!mayGo',
    replace: '|| s.busy.has(member.id))\n            continue;\n        if (!mayGo',
  },
  {
    name: 'does not wait after a failure to destroy',
    find: '(member.notBefore ?? 0) > now) {',
    replace: 'false) {',
  },
  { name: 'chooses among too many before all were asked', find: '(!surplus || puzzling)', replace: '!surplus' },
  {
    name: 'lets another one go for one that could not be destroyed',
    find: 'strike(member, ledger);',
    replace: 'if (!((member.notBefore ?? 0) > now)) strike(member, ledger);',
  },
  {
    name: 'counts who has to go among who stays',
    find: '&& condemnation(desired, m, places) === undefined',
    replace: '',
  },
  {
    name: 'surges one too many',
    find: 'desired.size + desired.maxSurge - s.existing',
    replace: 'desired.size + desired.maxSurge + 1 - s.existing',
  },
  { name: 'never surges', find: 'desired.size + desired.maxSurge - s.existing', replace: 'desired.size - s.existing' },
  { name: 'does not wait after a failure to provision', find: 'desired.provisionNotBefore > s.now', replace: 'false' },
  { name: 'gives the identity of a living one away', find: '...s.live.map((m) => m.logicalID), ', replace: '' },
  { name: 'gives the identity of a coming one away', find: '...comingIDs, ', replace: '' },
  { name: 'gives the identity of a leaving one away', find: ', ...desired.leavingIDs', replace: '' },
  { name: 'never adopts', find: 'if (member.adopt)', replace: 'if (false)' },
  { name: 'starts what is outdated', find: '(member.current || s.desired.halted)', replace: 'true' },
  {
    name: 'starts nothing outdated although halted',
    find: '(member.current || s.desired.halted)',
    replace: 'member.current',
  },
  {
    name: 'never starts',
    find: "{ kind: 'start', instance: member.id, reason: 'it is stopped and should run' }",
    replace: "{ kind: 'wait', instance: member.id, reason: 'it is stopped' }",
  },
  { name: 'does not say why', find: '`its health is ${member.condition}`', replace: "''" },
  { name: 'parks more than wanted', find: 's.live.length + s.comingIDs.length - s.desired.size', replace: '0' },
  {
    name: 'parks only the new',
    find: "member.condition !== 'stopped' && member.condition !== 'failed'",
    replace: "member.current && member.condition !== 'stopped' && member.condition !== 'failed'",
  },
  {
    name: 'stops what is stopped',
    find: "member.condition !== 'stopped' && member.condition !== 'failed') {",
    replace: "member.condition !== 'failed') {",
  },
  {
    name: 'drains the dead',
    find: "desired.drain && condition !== 'failed' && condition !== 'stopped'",
    replace: 'desired.drain',
  },
  { name: 'never drains', find: "desired.drain && condition !== 'failed'", replace: "false && condition !== 'failed'" },
  { name: 'makes a destroyed group whole', find: 'if (desired.destroying)', replace: 'if (false)' },
  { name: 'heals a parked group', find: 'else if (desired.parked)', replace: 'else if (false)' },
  {
    name: 'rests when all are outdated',
    find: "member.current && member.condition === 'healthy')",
    replace: "member.condition === 'healthy')",
  },
  { name: 'rests while something is under way', find: ' && inFlight.length === 0', replace: '' },
  {
    name: 'lets good ones go before doomed ones',
    file: 'situation.js',
    find: 'Number(b.doomed ?? false) - Number(a.doomed ?? false)',
    replace: '0',
  },
  {
    name: 'lets current ones go before outdated ones',
    file: 'situation.js',
    find: 'Number(a.current) - Number(b.current)',
    replace: 'Number(b.current) - Number(a.current)',
  },
  { name: 'forgets in its choice that it is halted', file: 'situation.js', find: 'halted ? 0 : ', replace: '' },
  {
    name: 'lets healthy ones go first',
    file: 'situation.js',
    find: 'order.indexOf(a.condition) - order.indexOf(b.condition)',
    replace: 'order.indexOf(b.condition) - order.indexOf(a.condition)',
  },
  {
    name: 'lets the oldest go first',
    file: 'situation.js',
    find: '(b.bornAt ?? 0) - (a.bornAt ?? 0)',
    replace: '(a.bornAt ?? 0) - (b.bornAt ?? 0)',
  },
  {
    name: 'lets anybody go first',
    file: 'situation.js',
    find: '(a.id < b.id ? -1 : a.id > b.id ? 1 : 0)',
    replace: '0',
  },
  { name: 'takes unknown for down', file: 'situation.js', find: " || member.condition === 'unknown'", replace: '' },
]
