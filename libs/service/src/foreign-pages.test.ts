// What browsers say of requests that pages made them send; programs say nothing of it.
import { describe, expect, it } from '@jest/globals';
import { isByForeignName, isFromAnotherSite, isFromBrowser, isJson } from './foreign-pages.js';

describe('a request', () => {
  it.each([
    ['of AlertManager', {}, false],
    ['of another site', { 'sec-fetch-site': 'cross-site' }, true],
    ['of another host of the same site', { 'sec-fetch-site': 'same-site' }, true],
    ['of our own page', { 'sec-fetch-site': 'same-origin', origin: 'http://relay:9095', host: 'relay:9095' }, false],
    ['that a person typed', { 'sec-fetch-site': 'none' }, false],
    ['of an older browser, from another site', { origin: 'https://evil.test', host: 'relay:9095' }, true],
    ['of an older browser, from a file', { origin: 'null', host: 'relay:9095' }, true],
    ['of an older browser, from our own page', { origin: 'http://Relay:9095', host: 'relay:9095' }, false],
  ])('%s', (_, headers, isForeign) => {
    expect(isFromAnotherSite(headers)).toBe(isForeign);
  });
});

describe('the name that a request came by', () => {
  it.each([
    ['127.0.0.1:9095', false],
    ['localhost:9095', false],
    ['LOCALHOST', false],
    ['[::1]:9095', false],
    ['127.8.9.1', false],
    ['rebind.attacker.example:9095', true],
    ['localhost.attacker.example', true],
    ['127.0.0.1.nip.io', true],
    ['10.0.0.7:9095', true],
    ['relay', true],
    ['', true],
    ['a b', true],
    [undefined, false],
  ])('%s: is it foreign? %s', (host, isForeign) => {
    expect(isByForeignName(host === undefined ? {} : { host })).toBe(isForeign);
  });

  it('is a browser’s where it says its site or its origin', () => {
    expect([{}, { origin: 'null' }, { 'sec-fetch-site': 'none' }].map(isFromBrowser)).toEqual([false, true, true]);
  });
});

describe('a body', () => {
  it.each([
    ['application/json', true],
    ['Application/JSON; charset=utf-8', true],
    ['application/vnd.alerts+json', true],
    ['text/plain', false],
    ['text/plain;application/json', false],
    ['application/jsonp', false],
    ['application/x-www-form-urlencoded', false],
    ['', false],
  ])('"%s": is it said to be JSON? %s', (type, isIt) => {
    expect(isJson(type, true)).toBe(isIt);
  });

  it('of which nothing is said is JSON where that is allowed', () => {
    expect([isJson(undefined, true), isJson(undefined, false)]).toEqual([true, false]);
  });
});
