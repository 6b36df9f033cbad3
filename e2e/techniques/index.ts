import type { Context } from '../context';
import type { Observation } from '../observation';
import { scenarios } from '../scenarios';
import { betweenPods } from './between-pods';
import { podSharedMemory } from './pod-shared-memory';
import { sidecar } from './sidecar';

/** A test of one technique: applies its YAML and asserts each of its promises. */
export type TechniqueTest = (context: Context) => Promise<Observation[]>;

/** By the names of src/model/promises.ts. */
export const TECHNIQUES: Readonly<Record<string, TechniqueTest | undefined>> = {
  ...Object.fromEntries(
    scenarios.betweenPods.map(scenario => [
      scenario.technique,
      async (context: Context) => betweenPods(context, scenario),
    ]),
  ),
  ...Object.fromEntries(
    scenarios.sidecars.map(scenario => [
      scenario.technique,
      async (context: Context) => sidecar(context, scenario),
    ]),
  ),
  'pod-shared-memory': async context => podSharedMemory(context, scenarios.podSharedMemory),
};
