import { Size } from 'cdk8s';
import { nodeShm, routes, shm, tensors } from './join-contracts';
import type { JoinedSystem } from './joined-system';
import { Access } from '../../../src';

export const INFERENCE: readonly JoinedSystem[] = [
  {
    name: 'lmcache',
    contract: nodeShm,
    statements: [
      s => {
        nodeShm.attachTo(s, { workload: 'Deployment/engine', access: Access.READ_WRITE });
      },
    ],
    pods: {
      'Deployment/engine': {
        volumes: ['dev-shm hostPath /dev/shm'],
        mounts: { vllm: ['dev-shm:/dev/shm'] },
        groups: [2000],
        nodes: { 'kubernetes.io/os': 'linux' },
        env: ['vllm LMCACHE_USE_EXPERIMENTAL=True'],
        host: ['hostIPC'],
      },
    },
  },
  {
    name: 'vllm',
    contract: routes,
    statements: [
      s => {
        routes.attachTo(s);
      },
    ],
    pods: {
      'Deployment/vllm-engine': {
        volumes: [
          'models claim models',
          'shm memory 20Gi',
          'routes-table claim routes-table-v1-ro ro',
        ],
        mounts: { vllm: ['models:/data', 'shm:/dev/shm', 'routes-table:/run/routes:ro'] },
        groups: [2000],
        fsGroup: 1000,
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['vllm HF_HOME=/data', 'vllm ROUTES_DIR=/run/routes'],
      },
    },
  },
  {
    name: 'sglang',
    contract: routes,
    statements: [
      s => {
        routes.attachTo(s);
      },
    ],
    pods: {
      'Deployment/sglang': {
        volumes: [
          'shm memory 10Gi',
          'models hostPath /srv/models DirectoryOrCreate',
          'localtime hostPath /etc/localtime File',
          'routes-table claim routes-table-v1-ro ro',
        ],
        mounts: {
          sglang: [
            'shm:/dev/shm',
            'models:/root/.cache/huggingface',
            'localtime:/etc/localtime:ro',
            'routes-table:/run/routes:ro',
          ],
        },
        groups: [2000],
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['sglang ROUTES_DIR=/run/routes'],
      },
    },
  },
  {
    name: 'triton',
    contract: tensors,
    statements: [
      s => {
        tensors.attachTo(s, { access: Access.READ_WRITE, replaces: ['dshm'] });
      },
    ],
    pods: {
      'Deployment/triton': {
        volumes: ['models claim models', 'tensors-data claim tensors-data-v1-rw'],
        mounts: { triton: ['models:/models', 'tensors-data:/dev/shm'] },
        groups: [1000],
        fsGroup: 1000,
        users: { '': 1000 },
        nodes: { 'kubernetes.io/os': 'linux' },
      },
    },
  },
  {
    name: 'pytorchjob',
    contract: routes,
    statements: [
      s => {
        routes.attachToAll(s);
      },
    ],
    pods: {
      'PyTorchJob/train#/spec/pytorchReplicaSpecs/Master/template': {
        volumes: ['dshm memory', 'routes-table claim routes-table-v1-ro ro'],
        mounts: { pytorch: ['dshm:/dev/shm', 'routes-table:/run/routes:ro'] },
        groups: [2000],
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['pytorch ROUTES_DIR=/run/routes'],
      },
      'PyTorchJob/train#/spec/pytorchReplicaSpecs/Worker/template': {
        volumes: ['dshm memory', 'routes-table claim routes-table-v1-ro ro'],
        mounts: { pytorch: ['dshm:/dev/shm', 'routes-table:/run/routes:ro'] },
        groups: [2000],
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['pytorch ROUTES_DIR=/run/routes'],
      },
    },
  },
  {
    name: 'mpijob',
    statements: [
      s => {
        shm(Size.gibibytes(8)).attachTo(s, {
          workload: 'MPIJob/train#/spec/mpiReplicaSpecs/Worker/template',
        });
      },
    ],
    pods: {
      'MPIJob/train#/spec/mpiReplicaSpecs/Worker/template': {
        volumes: ['shm memory 8Gi'],
        mounts: { mpi: ['shm:/dev/shm'] },
      },
    },
  },
  {
    name: 'tfjob',
    contract: routes,
    statements: [
      s => {
        routes.attachToAll(s);
      },
    ],
    pods: {
      'TFJob/train#/spec/tfReplicaSpecs/PS/template': {
        volumes: ['training claim training', 'routes-table claim routes-table-v1-ro ro'],
        mounts: { tensorflow: ['training:/train', 'routes-table:/run/routes:ro'] },
        groups: [2000],
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['tensorflow ROUTES_DIR=/run/routes'],
      },
      'TFJob/train#/spec/tfReplicaSpecs/Worker/template': {
        volumes: ['training claim training', 'routes-table claim routes-table-v1-ro ro'],
        mounts: { tensorflow: ['training:/train', 'routes-table:/run/routes:ro'] },
        groups: [2000],
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['tensorflow ROUTES_DIR=/run/routes'],
      },
    },
  },
  {
    name: 'volcano',
    statements: [
      s => {
        shm(Size.gibibytes(4)).attachTo(s, { workload: 'Job/train#/spec/tasks/1/template' });
      },
    ],
    pods: {
      'Job/train#/spec/tasks/1/template': {
        volumes: ['shm memory 4Gi'],
        mounts: { worker: ['shm:/dev/shm'] },
      },
    },
  },
  {
    name: 'spark',
    contract: routes,
    statements: [
      s => {
        routes.attachTo(s);
      },
    ],
    pods: {
      'Pod/executor': {
        volumes: ['spark-local-dir-1 memory', 'routes-table claim routes-table-v1-ro ro'],
        mounts: {
          'spark-kubernetes-executor': [
            'spark-local-dir-1:/tmp/spark',
            'routes-table:/run/routes:ro',
          ],
        },
        groups: [2000],
        nodes: { 'example.com/routes-agent': 'yes' },
        taints: ['example.com/routes-agent'],
        env: ['spark-kubernetes-executor ROUTES_DIR=/run/routes'],
      },
    },
  },
  {
    name: 'jupyterhub',
    statements: [
      s => {
        shm(Size.gibibytes(1)).attachTo(s);
      },
    ],
    pods: {
      'Pod/jupyter-user': {
        volumes: ['volume-user claim claim-user', 'shm-volume memory 1Gi'],
        mounts: {
          notebook: ['volume-user:/home/jovyan', 'shm-volume:/dev/shm'],
          'block-cloud-metadata': [],
        },
        fsGroup: 100,
        users: { notebook: 1000, 'block-cloud-metadata': 0 },
      },
    },
  },
];
