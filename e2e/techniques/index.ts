import type { Context } from '../context';
import type { Observation } from '../observation';
import {
  BETWEEN_PODS_TECHNIQUES,
  betweenPodsScenario,
  podSharedMemoryScenario,
  SIDECAR_TECHNIQUES,
  sidecarScenario,
} from '../scenarios';
import { betweenPods } from './between-pods';
import { podSharedMemory } from './pod-shared-memory';
import { sidecar } from './sidecar';

/** A test of one technique: applies its YAML and asserts each of its promises. */
export type TechniqueTest = (context: Context) => Promise<Observation[]>;

/** By the names of src/model/contract/promises.ts. */
export const TECHNIQUES: Readonly<Record<string, TechniqueTest | undefined>> = {
  ...Object.fromEntries(
    BETWEEN_PODS_TECHNIQUES.map((technique): [string, TechniqueTest] => [
      technique,
      async context =>
        betweenPods(context, betweenPodsScenario(technique, context.nodes.enforceSeLinux)),
    ]),
  ),
  ...Object.fromEntries(
    SIDECAR_TECHNIQUES.map((technique): [string, TechniqueTest] => [
      technique,
      async context => sidecar(context, sidecarScenario(technique)),
    ]),
  ),
  'pod-shared-memory': async context => podSharedMemory(context, podSharedMemoryScenario()),
};
