import { API_VERSION, PREFIX, type AnnotationKind } from '../annotation-codec';
import { API_VERSION_2 } from '../contract/contract-version';

/**
 * The annotation of a policy with the contract that it wires, in its JSON form. The rest of the
 * form is checked when the contract is read: see docs/contract.schema.json.
 */
export const INJECTS_ANNOTATION = {
  key: `${PREFIX}injects`,
  schema: {
    type: 'object',
    required: ['apiVersion', 'name', 'namespace', 'version', 'memory', 'nodes', 'clients'],
    properties: {
      apiVersion: { enum: [API_VERSION, API_VERSION_2] },
      name: { type: 'string' },
      namespace: { type: 'string' },
      version: { type: 'string' },
      memory: { type: 'array', minItems: 1, items: { type: 'object' } },
      nodes: { type: 'object' },
      clients: { type: 'string' },
    },
  },
} as const satisfies AnnotationKind;
