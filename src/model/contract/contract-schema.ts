import { NOT_IN_REASONS } from './acknowledgement';
import {
  ACCESSES,
  APIS,
  BACKINGS,
  BACKINGS_2,
  CLIENT_USERS,
  CLIENT_VOLUMES,
  ENV_SOURCES,
  HUGE_PAGE_SIZES,
  NODE_CONTENTS,
  PAYERS,
  SCANNERS,
} from './contract-spec';
import { API_VERSION_2 } from './contract-version';
import { API_VERSION } from '../annotation-codec';

/**
 * The JSON Schema of a contract. docs/contract.schema.json is generated from it. `readContract`
 * rejects the same contracts, but with its own error messages; a test compares the two.
 */
export const CONTRACT_SCHEMA = {
  title: 'A contract of cdk8s-shared-memory, as AgentContract.toFile() writes it',
  type: 'object',
  required: ['apiVersion', 'name', 'namespace', 'version', 'memory', 'nodes', 'clients'],
  definitions: {
    dnsLabel: { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', maxLength: 63 },
    id: { type: 'integer', minimum: 1, maximum: 2147483647 },
    key: {
      type: 'string',
      pattern:
        '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$',
    },
    value: { type: 'string', pattern: '^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$' },
    image: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9_.:/@+-]*$' },
    path: {
      type: 'string',
      pattern: '^(/[^/:]+)+$',
      not: { pattern: '(^|/)\\.\\.?(/|$)|^/(dev|proc|sys)(/|$)' },
    },
    below: { type: 'string', minLength: 1, not: { pattern: '^/|(^|/)\\.\\.(/|$)' } },
    size: {
      type: 'string',
      pattern:
        '^\\+?(\\d+\\.?\\d*|\\.\\d+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\\d{1,4})?$',
    },
  },
  properties: {
    apiVersion: { const: API_VERSION },
    name: { allOf: [{ $ref: '#/definitions/dnsLabel' }, { maxLength: 40 }] },
    namespace: { $ref: '#/definitions/dnsLabel' },
    version: { allOf: [{ $ref: '#/definitions/dnsLabel' }, { maxLength: 20 }] },
    memory: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['name', 'api', 'size'],
        properties: {
          name: { allOf: [{ $ref: '#/definitions/dnsLabel' }, { maxLength: 20 }] },
          api: { enum: APIS },
          size: { $ref: '#/definitions/size' },
          backing: { enum: BACKINGS },
        },
        allOf: [
          {
            if: { properties: { api: { const: 'posix' } } },
            then: { required: ['mountPath'], properties: { mountPath: { const: '/dev/shm' } } },
          },
          {
            if: { properties: { api: { enum: ['files', 'descriptors'] } } },
            then: {
              required: ['mountPath'],
              properties: { mountPath: { $ref: '#/definitions/path' } },
            },
          },
          {
            if: { properties: { api: { const: 'systemV' } } },
            then: { properties: { mountPath: false } },
          },
          {
            if: { properties: { api: { enum: ['systemV', 'descriptors'] } } },
            then: { properties: { backing: false } },
          },
        ],
      },
    },
    nodes: {
      type: 'object',
      required: ['label'],
      properties: {
        label: {
          type: 'object',
          required: ['key', 'value'],
          properties: {
            key: { $ref: '#/definitions/key' },
            value: { $ref: '#/definitions/value' },
          },
        },
        taint: {
          type: 'object',
          required: ['key', 'value', 'effect'],
          properties: {
            key: { $ref: '#/definitions/key' },
            value: { $ref: '#/definitions/value' },
            effect: { const: 'NoSchedule' },
          },
        },
      },
    },
    ownerId: { $ref: '#/definitions/id' },
    groupId: { $ref: '#/definitions/id' },
    clients: { enum: ACCESSES },
    clientVolume: { enum: CLIENT_VOLUMES },
    readyWhen: {
      type: 'object',
      required: ['toolImage'],
      properties: {
        toolImage: { $ref: '#/definitions/image' },
        file: { $ref: '#/definitions/below' },
        socket: { $ref: '#/definitions/below' },
        memory: { type: 'string' },
        systemVKey: { type: 'integer', minimum: 1, maximum: 4294967295 },
      },
      oneOf: [{ required: ['file'] }, { required: ['socket'] }, { required: ['systemVKey'] }],
    },
    chargedTo: { enum: PAYERS },
    hostPid: { type: 'boolean' },
    hostNetwork: { type: 'boolean' },
    acknowledgements: {
      type: 'array',
      items: {
        type: 'object',
        required: ['rule', 'reason'],
        properties: {
          rule: { type: 'string', pattern: '^SHM[1-4][0-9][0-9]$' },
          reason: {
            type: 'string',
            pattern: `^(?!.*\\{\\{)[^${NOT_IN_REASONS}]*[^\\s${NOT_IN_REASONS}][^${NOT_IN_REASONS}]*$`,
          },
          until: { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' },
          exportTo: { type: 'array', items: { enum: SCANNERS } },
        },
        anyOf: [
          { required: ['until'] },
          { properties: { reason: { pattern: '^(?![Uu][Nn][Tt][Ii][Ll]\\b)' } } },
        ],
      },
    },
  },
  anyOf: [
    { required: ['ownerId', 'groupId'] },
    { properties: { memory: { items: { properties: { api: { const: 'systemV' } } } } } },
  ],
};

const { definitions, properties } = CONTRACT_SCHEMA;

const IS_STICKY = { required: ['sticky'], properties: { sticky: { const: true } } };

/**
 * The JSON Schema of a contract that uses a field of the second version. The first schema stays as
 * it is. docs/contract-v2.schema.json is generated from this one.
 */
export const CONTRACT_SCHEMA_2 = {
  ...CONTRACT_SCHEMA,
  definitions: {
    ...definitions,
    path: {
      type: 'string',
      pattern: '^(/[^/:]+)+$',
      not: {
        anyOf: [
          { pattern: '(^|/)\\.\\.?(/|$)|^/(proc|sys)(/|$)|^/dev($|/(?!shm/))' },
          { pattern: '^/(etc|home|opt|root|run|usr|var|var/lib|var/run)$' },
          {
            pattern:
              '^/(bin|lib|lib64|run/secrets|sbin|usr/bin|usr/lib|usr/sbin|var/run/secrets)(/|$)',
          },
        ],
      },
    },
  },
  properties: {
    ...properties,
    apiVersion: { const: API_VERSION_2 },
    memory: {
      ...properties.memory,
      items: {
        ...properties.memory.items,
        required: ['name', 'api'],
        properties: {
          ...properties.memory.items.properties,
          mountPath: { type: 'string' },
          backing: { enum: BACKINGS_2 },
          executable: { type: 'boolean' },
          sticky: { type: 'boolean' },
          hugePages: { enum: HUGE_PAGE_SIZES },
          existing: {
            type: 'object',
            required: ['path', 'contains'],
            properties: {
              path: { type: 'string', pattern: '^(/[^/:]+)+$' },
              contains: { enum: NODE_CONTENTS },
              clientsWait: { type: 'boolean' },
              guardImage: { type: 'string', minLength: 1 },
            },
          },
        },
        allOf: [
          ...properties.memory.items.allOf,
          {
            if: {
              properties: {
                api: { enum: ['files', 'posix'] },
                backing: { enum: ['directory', 'tmpfs'] },
              },
            },
            then: { required: ['size'] },
          },
          {
            if: { required: ['executable'], properties: { executable: { const: true } } },
            then: { required: ['backing'], properties: { backing: { const: 'tmpfs' } } },
          },
          {
            if: { required: ['hugePages'] },
            then: { properties: { api: { const: 'files' }, backing: false } },
          },
          {
            if: IS_STICKY,
            then: {
              properties: {
                api: { enum: ['files', 'posix'] },
                backing: { enum: ['directory', 'tmpfs'] },
              },
            },
          },
        ],
      },
    },
    env: {
      type: 'object',
      propertyNames: { pattern: '^(?!\\.\\.?$)[-._a-zA-Z][-._a-zA-Z0-9]*$' },
      additionalProperties: {
        type: 'object',
        required: ['from'],
        properties: {
          from: { enum: ENV_SOURCES },
          memory: { type: 'string' },
          file: { $ref: '#/definitions/below' },
        },
        if: { properties: { from: { const: 'file' } } },
        then: { required: ['file'] },
        else: { properties: { file: false } },
      },
    },
    ownerId: { type: 'integer', minimum: 0, maximum: 2147483647 },
    umask: { type: 'string', pattern: '^[0-7]{3}$' },
    seLinux: { type: 'boolean' },
    clientUser: { enum: CLIENT_USERS },
    servedBy: { type: 'string', minLength: 1, maxLength: 100 },
    team: { type: 'string', minLength: 1, maxLength: 100 },
    dataClass: { type: 'string', minLength: 1, maxLength: 100 },
    allowedNodePaths: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'reason'],
        properties: {
          path: { type: 'string', pattern: '^(/[^/:]+)+$' },
          reason: { type: 'string', minLength: 1 },
        },
      },
    },
  },
  allOf: [
    {
      if: { required: ['seLinux'], properties: { seLinux: { const: true } } },
      then: {
        properties: {
          memory: {
            items: { properties: { backing: { enum: ['tmpfs', 'devShm', 'existing'] } } },
          },
        },
      },
    },
  ],
  if: { properties: { memory: { contains: IS_STICKY } } },
  then: { properties: { clients: { const: 'readWrite' }, clientUser: { const: 'own' } } },
  anyOf: [
    ...CONTRACT_SCHEMA.anyOf,
    {
      properties: {
        memory: {
          items: {
            anyOf: [
              { properties: { api: { const: 'systemV' } } },
              { required: ['backing'], properties: { backing: { enum: ['devShm', 'existing'] } } },
            ],
          },
        },
      },
    },
  ],
};
