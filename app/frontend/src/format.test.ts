import { age, count, hours, percent } from './format';

test.each([
  [undefined, '–'],
  [0, '0'],
  [0.01, '< 0.1'],
  [1234.56, '1,234.6'],
])('hours %s are %s', (value, text) => expect(hours(value)).toBe(text));

test.each([
  [1, 0, undefined],
  [undefined, 5, undefined],
  [0, 5, '0 %'],
  [0.01, 5, '< 1 %'],
  [2, 3, '67 %'],
])('%s of %s is %s', (part, of, text) => expect(percent(part, of)).toBe(text));

test.each([
  [0.2, '0 s'],
  [100, '100 s'],
  [600, '10 min'],
  [7200, '2 h'],
  [3 * 86_400, '3 d'],
])('%s seconds are %s', (seconds, text) => expect(age(seconds)).toBe(text));

test('what the hub does not tell is no number', () => expect([count(null), count(1200)]).toEqual(['–', '1,200']));
