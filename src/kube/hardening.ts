import { at } from './json';
import { podSecurityViolations } from './pod-security';
import type { Container } from './pod-template';

/** What a container can have against programs that want more than they need. */
export const HARDENINGS = [
  'allowPrivilegeEscalation',
  'capabilities.drop',
  'runAsNonRoot',
  'seccompProfile.type',
  'readOnlyRootFilesystem',
] as const;

/** A field of a security context. All but the last are fields of Pod Security "restricted". */
export type Hardening = (typeof HARDENINGS)[number];

/**
 * Returns what a container lacks of it. Its own fields take precedence over those of its pod, as
 * for the kubelet.
 */
export function lackingHardening(podSpec: unknown, { json }: Container): Hardening[] {
  const refused = podSecurityViolations('restricted', {
    securityContext: at(podSpec, 'securityContext') ?? {},
    containers: [json],
  }).map(({ field }) => field);
  return HARDENINGS.filter(each =>
    each === 'readOnlyRootFilesystem'
      ? at(json, 'securityContext', each) !== true
      : refused.includes(`containers[0].securityContext.${each}`),
  );
}
