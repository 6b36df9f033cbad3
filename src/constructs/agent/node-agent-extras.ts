import type { NodeAgentProps } from './node-agent-props';
import { InputChecks, type Where } from '../../errors';
import { isObject, type JsonObject } from '../../kube/json';
import { isQualifiedName } from '../../kube/names';

/** What an agent gets beyond the defaults. */
export interface Extras {
  readonly tolerations: readonly JsonObject[];
  readonly capabilities: readonly string[];
  readonly devices: Readonly<Record<string, number>>;
}

/** Returns the checked tolerations, capabilities and devices of an agent. */
export function extras(props: NodeAgentProps, where: Where): Extras {
  const { tolerations = [], capabilities = [], devices = {} } = props;
  const checks = new InputChecks(where);
  const need = (ok: boolean, field: string, given: unknown, allowed: string, fix: string) =>
    checks.need(ok, 'SHM007', field, given, allowed, fix);
  const named = Array.isArray(capabilities) ? capabilities : [];
  need(
    Array.isArray(tolerations) && tolerations.every(each => isObject(each)),
    'tolerations',
    tolerations,
    'a list of tolerations as Kubernetes has them',
    "write tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }]",
  );
  need(
    Array.isArray(capabilities) && capabilities.every(each => /^[A-Z][A-Z_]*$/.test(String(each))),
    'capabilities',
    capabilities,
    'a list of names of capabilities, without CAP_',
    "write capabilities: ['IPC_LOCK']",
  );
  need(
    !named.some(each => each === 'ALL' || String(each).startsWith('CAP_')),
    'capabilities',
    capabilities,
    'the capabilities that the agent needs, one by one, without CAP_',
    "write capabilities: ['IPC_LOCK']",
  );
  need(
    isObject(devices) &&
      Object.entries(devices).every(
        ([resource, count]) =>
          isQualifiedName(resource) &&
          resource.includes('/') &&
          Number.isInteger(count) &&
          Number(count) > 0,
      ),
    'devices',
    devices,
    'extended resources with whole numbers',
    "write devices: { 'nvidia.com/gpu': 1 }",
  );
  checks.end({});
  return { tolerations: tolerations as JsonObject[], capabilities, devices };
}
