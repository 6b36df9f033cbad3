import type { NodeAgentProps } from './node-agent-props';
import { InputError, show, type Where } from '../../errors';
import { isObject, type JsonObject } from '../../kube/json';
import { isQualifiedName } from '../../kube/names';

/** What an agent gets beyond the defaults. */
interface Extras {
  readonly tolerations: readonly JsonObject[];
  readonly capabilities: readonly string[];
  readonly devices: Readonly<Record<string, number>>;
}

/** Returns the checked tolerations, capabilities and devices of an agent. */
export function extras(props: NodeAgentProps, where: Where): Extras {
  const { tolerations = [], capabilities = [], devices = {} } = props;
  const need = (ok: boolean, field: string, given: unknown, allowed: string, fix: string) => {
    if (!ok) {
      throw new InputError(where, { code: 'SHM007', field, given: show(given), allowed, fix });
    }
  };
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
    !capabilities.some(each => each === 'ALL' || each.startsWith('CAP_')),
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
  return { tolerations: tolerations as JsonObject[], capabilities, devices };
}
