/**
 * A text with so many objects, each different from all others: what a platform repo renders, of
 * which some share memory and some do so wrongly.
 */
export function manifests(objects: number): string {
  return Array.from({ length: objects }, (_, i) => KINDS[i % KINDS.length](i)).join('---\n');
}

const KINDS: ((i: number) => string)[] = [
  i => workload('Deployment', i, true),
  i => service(i),
  i => workload('StatefulSet', i, false),
  i => configMap(i),
  i => workload('DaemonSet', i, i % 20 === 4),
];

function workload(kind: string, i: number, sharing: boolean): string {
  const memory = 64 + (i % 500);
  const volume = [
    `emptyDir: { medium: Memory, sizeLimit: ${16 + (i % 40)}Mi }`,
    `emptyDir: { medium: Memory, sizeLimit: ${memory + 1000}Mi }`, // more than the limit
    'emptyDir: { medium: Memory }', // without a size
    `hostPath: { path: /run/cdk8s-shared-memory/agents.c${i}/v1/data, type: Directory }`,
  ][Math.floor(i / 5) % 4];
  return `apiVersion: apps/v1
kind: ${kind}
metadata:
  name: app-${i}
  namespace: team-${i % 97}
  labels:
    app.kubernetes.io/name: app-${i}
    app.kubernetes.io/version: "${i % 9}.${i % 31}"
spec:${
    kind === 'DaemonSet'
      ? ''
      : `
  replicas: ${1 + (i % 7)}`
  }${
    kind === 'StatefulSet'
      ? `
  serviceName: app-${i}`
      : ''
  }
  selector:
    matchLabels:
      app.kubernetes.io/name: app-${i}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: app-${i}
    spec:
      serviceAccountName: app-${i % 211}
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: ${10_000 + i}
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: app
          image: registry.example.com/team-${i % 97}/app-${i}:${i % 9}.${i % 31}
          imagePullPolicy: IfNotPresent
          args:
            - --port=${8000 + (i % 1000)}
            - --name=app-${i}
          ports:
            - name: http
              containerPort: ${8000 + (i % 1000)}
          env:
            - name: SEED
              value: "${i * 7919}"
            - name: POD
              valueFrom:
                fieldRef:
                  fieldPath: metadata.name
          readinessProbe:
            httpGet:
              path: /ready
              port: http
            periodSeconds: ${5 + (i % 11)}
          resources:
            requests:
              cpu: ${10 + (i % 90)}m
              memory: ${memory}Mi
            limits:
              memory: ${memory}Mi
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]${
                sharing
                  ? `
          volumeMounts:
            - name: shared
              mountPath: /dev/shm
      volumes:
        - name: shared
          ${volume}`
                  : ''
              }
`;
}

function service(i: number): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: app-${i - 1}
  namespace: team-${(i - 1) % 97}
spec:
  selector:
    app.kubernetes.io/name: app-${i - 1}
  ports:
    - name: http
      port: ${8000 + (i % 1000)}
      targetPort: http
`;
}

function configMap(i: number): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings-${i}
  namespace: team-${i % 97}
data:
  mode: "${i % 3}"
  settings.yaml: |
    id: ${i}
    upstreams:
      - host: app-${i}.team-${i % 97}.svc
        port: ${8000 + (i % 1000)}
`;
}
