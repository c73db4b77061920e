import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { pathFor, targetOf } from '../src/worker/target.js'

const of = (url: string, host = 'Shop.test:8080') => targetOf({ url, headers: { host } } as unknown as IncomingMessage)

t.test('a target has a host and a path by which a route is found', async (t) => {
  t.same(of('/a/b?c=/d'), { host: 'Shop.test:8080', hostname: 'shop.test', path: '/a/b', query: '?c=/d' })
  t.match(of('http://Other.test./x?y', 'shop.test'), { hostname: 'other.test', path: '/x', query: '?y' })
  t.match(of('http://other.test'), { path: '/' })
  t.match(of('http://other.test?y'), { path: '/', query: '?y' })
  t.match(of('/', '[::1]:80'), { hostname: '[::1]' })
  t.match(of('/.well-known/x..y/...'), { path: '/.well-known/x..y/...' })
})

for (const url of [
  '/a/../b',
  '/..',
  '/a/./b',
  '/a/%2e%2E/b',
  '/a/.%2e',
  '/a\\..\\b',
  '*',
  'a',
  'ftp://x/',
  'http://me@x/',
  '/a#b',
]) {
  t.test(`refused: ${url}`, async (t) => t.type(of(url), 'string'))
}
t.test('refused: hosts that are none', async (t) => {
  for (const host of ['a b', 'a/b', 'a"b', 'a@b', 'a,b']) t.type(of('/', host), 'string', host)
})

t.test('a prefix is stripped where the route says so', async (t) => {
  const path = (url: string, pathPrefix: string, stripPrefix = true) => {
    const target = of(url)
    return typeof target === 'string' ? target : pathFor(target, { pathPrefix, stripPrefix })
  }
  t.equal(path('/api/x?y', '/api'), '/x?y')
  t.equal(path('/api?y', '/api'), '/?y')
  t.equal(path('/api', '/api'), '/')
  t.equal(path('/api/x', '/api', false), '/api/x')
  t.equal(path('/x', '/'), '/x')
})
