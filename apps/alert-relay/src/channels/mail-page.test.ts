// The frame of an e-mail: what stands where.
import { expect, it } from '@jest/globals';
import { mailPage } from './mail-page.js';
import { samplePart } from './testing.js';

const page = (head: string): string =>
  mailPage(samplePart({ sections: { head, blocks: ['<b>a block</b>'], foot: '' } }));

it('has the styles of its first section in the head, and what the inbox shows first in the body', () => {
  const html = page(
    '<style>\n.ow { color: #000 }\n</style>\n<div class="preheader" style="display:none">Two queues</div>\n<div>+2 new</div>',
  );
  expect(html.slice(0, html.indexOf('</head>'))).toContain('<style>\n.ow { color: #000 }\n</style>');
  expect(html).toMatch(/<body [^>]*>\n<div class="preheader" style="display:none">Two queues<\/div>\n<table/);
  expect(html).toMatch(/<td [^>]*><div>\+2 new<\/div><\/td>/);
  expect(html.match(/<style>|preheader/g)).toHaveLength(2);
});

it.each(['<div>+2 new</div>', '<p>x</p><style>p {}</style>', '<style>never ends', ''])(
  'leaves %j where it is',
  (head) => {
    const html = page(head);
    expect(html.slice(0, html.indexOf('</head>'))).not.toContain('<style>');
    if (head !== '') expect(html).toContain(`>${head}</td></tr>\n<tr><td`);
    else expect(html.match(/<tr><td/g)).toHaveLength(3);
  },
);
