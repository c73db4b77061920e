import t from 'tap'
import { deploymentLoadTests } from '../deployments/load-tests.js'
import { soaked } from './soak.js'

t.setTimeout(soaked(600_000, 3 * 60 * 60_000))

/** One of them in every run; all in the long one. */
const proxies = ['proxy-haproxy', 'proxy-nginx', 'proxy-embedded'] as const
for (const proxy of proxies.slice(0, soaked(1, proxies.length))) await deploymentLoadTests(t, proxy, 'docker')
