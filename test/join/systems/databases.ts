import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { queue, routes, shm } from './join-contracts';
import type { JoinedSystem } from './joined-system';
import { Access, AgentContract, SharedMemory, SidecarAgent } from '../../../src';
import { AGENT } from '../../yaml';

const statistics = new AgentContract({
  name: 'statistics',
  namespace: 'node-agents',
  version: 'v1',
  memory: [SharedMemory.systemV({ name: 'segments', size: Size.mebibytes(256) })],
});
/** Shares System V segments with the database, within its pod. */
const monitor = new SidecarAgent({
  contract: statistics,
  containers: [
    { ...AGENT, name: 'monitor', startup: kplus.Probe.fromCommand(['test', '-e', '/ready']) },
  ],
});

export const DATABASES: readonly JoinedSystem[] = [
  {
    name: 'cloudnative-pg',
    contract: routes,
    statements: [
      s => {
        routes.attachTo(s);
      },
    ],
    pods: {
      'Pod/pg-1': {
        volumes: [
          'pgdata claim pg-1',
          'scratch-data emptyDir',
          'shm memory',
          'routes-table claim routes-table-v1-ro ro',
        ],
        mounts: {
          postgres: [
            'pgdata:/var/lib/postgresql/data',
            'scratch-data:/run',
            'scratch-data:/controller',
            'shm:/dev/shm',
            'routes-table:/run/routes:ro',
          ],
          'bootstrap-controller': ['scratch-data:/run', 'scratch-data:/controller'],
        },
        groups: [2000],
        fsGroup: 26,
        users: { '': 26 },
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['postgres ROUTES_DIR=/run/routes'],
      },
    },
  },
  {
    name: 'zalando-postgres',
    statements: [
      s => {
        shm(Size.mebibytes(256)).attachTo(s);
      },
    ],
    pods: {
      'StatefulSet/acid': {
        volumes: ['dshm memory 256Mi'],
        mounts: { postgres: ['pgdata:/home/postgres/pgdata', 'dshm:/dev/shm'] },
        fsGroup: 103,
      },
    },
  },
  {
    name: 'bitnami-postgresql',
    statements: [
      s => {
        shm(Size.mebibytes(128)).attachTo(s);
      },
    ],
    pods: {
      'StatefulSet/postgresql': {
        volumes: ['empty-dir emptyDir', 'dshm memory 128Mi'],
        mounts: {
          postgresql: [
            'empty-dir:/tmp subPath=tmp-dir',
            'dshm:/dev/shm',
            'data:/bitnami/postgresql',
          ],
          'init-chmod-data': ['data:/bitnami/postgresql', 'dshm:/dev/shm'],
        },
        fsGroup: 1001,
        users: { postgresql: 1001, 'init-chmod-data': 0 },
      },
    },
  },
  {
    name: 'oracle',
    statements: [
      s => {
        shm(Size.gibibytes(4)).attachTo(s);
      },
    ],
    pods: {
      'StatefulSet/oracle': {
        volumes: ['dshm memory 4Gi'],
        mounts: { oracle: ['oradata:/opt/oracle/oradata', 'dshm:/dev/shm'] },
        fsGroup: 54321,
        users: { '': 54321 },
      },
    },
  },
  {
    name: 'hana',
    contract: statistics,
    statements: [
      s => {
        monitor.attachTo(s);
      },
    ],
    pods: {
      'StatefulSet/hana': { mounts: { hana: ['data:/hana/mounts'], monitor: [] }, fsGroup: 79 },
    },
  },
  {
    name: 'redis',
    contract: routes,
    statements: [
      s => {
        routes.attachTo(s, { containers: ['app'] });
      },
    ],
    pods: {
      'Deployment/shop': {
        volumes: ['redis-socket emptyDir', 'routes-table claim routes-table-v1-ro ro'],
        mounts: {
          app: ['redis-socket:/var/run/redis', 'routes-table:/run/routes:ro'],
          redis: ['redis-socket:/var/run/redis'],
        },
        groups: [2000],
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['app ROUTES_DIR=/run/routes'],
      },
    },
  },
  {
    name: 'kafka',
    contract: routes,
    statements: [
      s => {
        routes.attachTo(s);
      },
    ],
    pods: {
      'StatefulSet/kafka': {
        volumes: [
          'kafka-config emptyDir',
          'memory-logs memory 1Gi',
          'routes-table claim routes-table-v1-ro ro',
        ],
        mounts: {
          kafka: [
            'data:/var/lib/kafka',
            'memory-logs:/var/lib/kafka/memory',
            'kafka-config:/opt/kafka/config/server.properties subPath=server.properties',
            'routes-table:/run/routes:ro',
          ],
          prepare: ['kafka-config:/config'],
        },
        groups: [2000],
        fsGroup: 1001,
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['kafka ROUTES_DIR=/run/routes'],
      },
    },
  },
  {
    name: 'chronicle-queue',
    contract: queue,
    statements: [
      s => {
        queue.attachTo(s, {
          access: Access.READ_WRITE,
          containers: ['writer', 'reader'],
          replaces: ['queue'],
        });
      },
    ],
    pods: {
      'StatefulSet/queue': {
        volumes: ['queue-data claim queue-data-v1-rw'],
        mounts: { writer: ['queue-data:/data/queue'], reader: ['queue-data:/data/queue'] },
        groups: [1000],
        fsGroup: 1000,
        users: { '': 1000 },
        nodes: { 'kubernetes.io/os': 'linux' },
      },
    },
  },
];
