// Which names are time zones that somebody can mean.
import { describe, expect, it } from '@jest/globals';
import { zoneProblem } from './timezone.js';

describe('a time zone', () => {
  it.each([
    'UTC',
    'GMT',
    'Asia/Shanghai',
    'asia/shanghai',
    'America/Argentina/Buenos_Aires',
    'Etc/UTC',
    'CET',
    'PRC',
    'Singapore',
    'Japan',
    'EST5EDT',
    '+08:00',
    '+00:00',
    'Zulu',
    'Etc/Zulu',
    'Etc/GMT+0',
    'Etc/GMT-0',
    'Etc/GMT0',
    'GMT+0',
    'GMT-0',
    'GMT0',
    'Greenwich',
    'Universal',
  ])('%s is one', (name) => {
    expect(zoneProblem(name)).toBeUndefined();
  });

  it.each([
    ['CST', /Asia\/Shanghai or America\/Chicago/],
    ['cst', /America\/Chicago/],
    ['EST', /America\/New_York/],
    ['MST', /America\/Denver/],
    ['PST', /America\/Los_Angeles/],
    ['HST', /Pacific\/Honolulu/],
    ['IST', /Asia\/Kolkata/],
    ['BST', /Europe\/London/],
    ['AST', /Asia\/Riyadh/],
    ['SST', /Asia\/Singapore/],
    ['JST', /Asia\/Tokyo/],
    ['ECT', /a short name stands for several/],
    ['CAT', /a short name stands for several/],
    ['AEST', /Australia\/Sydney/],
    ['Etc/GMT+8', /the other direction/],
    ['Etc/GMT-8', /the other direction/],
    ['GMT+8', /\+08:00/],
    ['UTC+8', /\+08:00/],
    ['+8', /\+08:00/],
    ['Asia/Shangai', /did you mean Asia\/Shanghai/],
    ['SystemV/EST5', /an IANA time zone/],
    ['systemv/pst8pdt', /an IANA time zone/],
    ['Etc/GMT+00:30', /an IANA time zone/],
    ['Asia/Beijing', /an IANA time zone/],
    ['', /an IANA time zone/],
  ])('%s is none', (name, expected) => {
    expect(zoneProblem(name)).toMatch(expected);
  });
});
