// What is wrong with the place of a store is known before it is opened, and said without a secret.
import { describe, expect, it } from '@jest/globals';
import { Secret } from '@celery-watch/service';
import { shownPlace } from '../settings/store-place.js';
import { placeProblem } from './table.js';

const at = (url: string) => ({ kind: 'postgres', url: new Secret(url) }) as const;
const DATABASE = 'postgres://relay:s3cr3t@db:5432/alerts';

describe('a database', () => {
  it.each([
    ['', ''],
    ['?sslmode=require', ''],
    ['?sslmode=disable&schema=team_b', '?schema=team_b'],
  ])('%s is fine, and shown with its schema alone', (query, shown) => {
    expect(placeProblem(at(DATABASE + query))).toBeUndefined();
    expect(shownPlace(at(DATABASE + query))).toBe(`postgres://db:5432/alerts${shown}`);
  });

  it.each([
    ['?shema=team_b', 'has a parameter that is not known (did you mean schema?)'],
    ['?sslmodee=require', 'has a parameter that is not known (did you mean sslmode?)'],
    ['?sslmode=verify_full', 'has an sslmode that is not known. These are: disable'],
    ['?schema=two;x', 'names a schema that cannot be used'],
    ['?sslmode=verify-full&sslrootcert=/nowhere.pem', 'names a file that cannot be read: /nowhere.pem (ENOENT)'],
  ])('%s is a mistake', (query, why) => {
    const said = placeProblem(at(DATABASE + query));
    expect(said).toContain(why);
    expect(said).not.toContain('s3cr3t');
  });
});
