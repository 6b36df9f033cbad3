import { Size } from 'cdk8s';
import { routes, shm } from './join-contracts';
import type { JoinedSystem } from './joined-system';

export const PROXIES: readonly JoinedSystem[] = [
  {
    name: 'envoy',
    statements: [
      s => {
        shm(Size.mebibytes(64)).attachTo(s);
      },
    ],
    pods: {
      'Deployment/envoy': {
        volumes: ['config {"configMap":{"name":"envoy"}}', 'shm memory 64Mi'],
        mounts: { envoy: ['config:/etc/envoy', 'shm:/dev/shm'] },
      },
    },
  },
  {
    name: 'haproxy',
    contract: routes,
    statements: [
      s => {
        routes.attachTo(s);
      },
    ],
    pods: {
      'DaemonSet/haproxy': {
        volumes: ['tmp memory 64Mi', 'routes-table claim routes-table-v1-ro ro'],
        mounts: {
          haproxy: ['tmp:/tmp subPath=tmp', 'tmp:/run subPath=run', 'routes-table:/run/routes:ro'],
        },
        groups: [2000],
        fsGroup: 1000,
        users: { '': 1000 },
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['haproxy ROUTES_DIR=/run/routes'],
      },
    },
  },
  {
    name: 'varnish',
    contract: routes,
    statements: [
      s => {
        routes.attachTo(s, { containers: ['varnish'] });
      },
    ],
    pods: {
      'StatefulSet/varnish': {
        volumes: ['varnish-vsm memory 128Mi', 'routes-table claim routes-table-v1-ro ro'],
        mounts: {
          varnish: ['varnish-vsm:/var/lib/varnish', 'routes-table:/run/routes:ro'],
          exporter: ['varnish-vsm:/var/lib/varnish:ro'],
        },
        groups: [2000],
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['varnish ROUTES_DIR=/run/routes'],
      },
    },
  },
  {
    name: 'nginx',
    contract: routes,
    statements: [
      s => {
        routes.attachTo(s);
      },
    ],
    pods: {
      'Deployment/nginx': {
        volumes: ['cache memory 256Mi', 'run emptyDir', 'routes-table claim routes-table-v1-ro ro'],
        mounts: {
          nginx: ['cache:/var/cache/nginx', 'run:/var/run', 'routes-table:/run/routes:ro'],
        },
        groups: [2000],
        users: { '': 101 },
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['nginx ROUTES_DIR=/run/routes'],
      },
    },
  },
  {
    name: 'selenium',
    contract: routes,
    statements: [
      s => {
        routes.attachTo(s);
      },
    ],
    pods: {
      'Deployment/selenium-node-chrome': {
        volumes: ['dshm memory 1Gi', 'routes-table claim routes-table-v1-ro ro'],
        mounts: { 'selenium-node-chrome': ['dshm:/dev/shm', 'routes-table:/run/routes:ro'] },
        groups: [2000],
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['selenium-node-chrome ROUTES_DIR=/run/routes'],
      },
    },
  },
  {
    name: 'browserless',
    statements: [
      s => {
        shm(Size.gibibytes(1)).attachTo(s);
      },
    ],
    pods: {
      'Deployment/browserless': {
        volumes: ['dev-shm memory 1Gi'],
        mounts: { chrome: ['dev-shm:/dev/shm'] },
        users: { '': 999 },
        env: ['chrome CONCURRENT=10'],
      },
    },
  },
  {
    name: 'playwright',
    statements: [
      s => {
        shm(Size.gibibytes(1)).attachTo(s, { replaces: ['dshm'] });
      },
    ],
    pods: {
      'CronJob/playwright': {
        volumes: ['dev-shm memory 1Gi'],
        mounts: { playwright: ['dev-shm:/dev/shm'] },
      },
    },
  },
  {
    name: 'pulseaudio',
    statements: [
      s => {
        shm(Size.mebibytes(256)).attachTo(s, { containers: ['softphone', 'pulseaudio'] });
      },
    ],
    pods: {
      'Deployment/softphone': {
        volumes: ['runtime emptyDir', 'shm memory 256Mi'],
        mounts: {
          softphone: ['runtime:/run/user/1000', 'shm:/dev/shm'],
          pulseaudio: ['runtime:/run/user/1000', 'shm:/dev/shm'],
        },
        fsGroup: 1000,
        users: { '': 1000 },
        env: ['softphone PULSE_SERVER=unix:/run/user/1000/pulse/native'],
      },
    },
  },
];
