import { BASE, WAVE_LABEL, waveLabels } from '../../../src/model/rollout/wave';

const waves = { label: 'example.com/wave', order: ['canary', 'rest'] };

test.each([
  ['an agent without waves', undefined, undefined, BASE],
  ['no wave of an agent with waves', waves, undefined, BASE],
  ['the first wave', waves, 'canary', 'canary'],
  ['the last wave', waves, 'rest', BASE],
])('%s', (_, of, wave, expected) => {
  expect(waveLabels('agent', of, wave)[WAVE_LABEL]).toBe(expected);
});
