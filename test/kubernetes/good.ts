/**
 * Objects as people write them, each kind of the bundle at least once. All were accepted by a
 * Kubernetes 1.33 API server with strict field validation.
 */
export const GOOD = `
apiVersion: v1
kind: Namespace
metadata: {name: node-agents, labels: {pod-security.kubernetes.io/enforce: privileged, pod-security.kubernetes.io/enforce-version: latest}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: node-critical, namespace: node-agents}
spec:
  hard: {pods: "100", requests.memory: 64Gi, count/jobs.batch: 4}
  scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [system-node-critical]}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: routes, namespace: node-agents}
automountServiceAccountToken: false
---
apiVersion: v1
kind: ConfigMap
metadata: {name: routes, namespace: node-agents}
immutable: true
data: {routes.conf: "a=b"}
binaryData: {blob: AAEC}
---
apiVersion: v1
kind: Secret
metadata: {name: routes, namespace: node-agents}
type: Opaque
stringData: {token: x}
data: {key: c2VjcmV0}
---
apiVersion: v1
kind: Service
metadata: {name: routes, namespace: node-agents}
spec:
  selector: {app: routes}
  internalTrafficPolicy: Local
  ports: [{name: metrics, port: 9090, targetPort: metrics}, {name: http, port: 80, targetPort: 8080, protocol: TCP}]
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: node-agents-routes-table-v1-shop-ro}
spec:
  capacity: {storage: 1Mi}
  accessModes: [ReadOnlyMany]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: ""
  claimRef: {apiVersion: v1, kind: PersistentVolumeClaim, namespace: default, name: routes-table-v1-ro}
  mountOptions: [ro]
  local: {path: /run/cdk8s-shared-memory/node-agents.routes/v1/table}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/os, operator: In, values: [linux]}]}]}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: routes-table-v1-ro, namespace: default}
spec: {accessModes: [ReadOnlyMany], storageClassName: "", volumeName: node-agents-routes-table-v1-shop-ro, resources: {requests: {storage: 1Mi}}}
---
apiVersion: v1
kind: Node
metadata: {name: other, labels: {example.com/agent: "yes"}}
spec: {taints: [{key: example.com/agent, value: "yes", effect: NoSchedule}]}
---
apiVersion: v1
kind: Pod
metadata: {name: system-v, namespace: default, annotations: {example.com/reason: legacy}}
spec:
  hostIPC: true
  terminationGracePeriodSeconds: 0
  securityContext: {runAsUser: 1000, runAsNonRoot: true, supplementalGroups: [2000], seccompProfile: {type: RuntimeDefault}, sysctls: []}
  containers:
  - name: main
    image: i:1
    command: [sleep, inf]
    resources: {requests: {cpu: 0.5, memory: 64Mi}, limits: {memory: 128Mi, ephemeral-storage: 1G}}
    env: [{name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}, {name: COUNT, value: "1"}]
    startupProbe: {exec: {command: ["true"]}, periodSeconds: 1, failureThreshold: 60}
    livenessProbe: {httpGet: {path: /, port: 8080}}
    readinessProbe: {tcpSocket: {port: http}}
    ports: [{name: http, containerPort: 8080}]
    volumeMounts: [{name: m, mountPath: /dev/shm, readOnly: true, mountPropagation: None}]
  volumes: [{name: m, hostPath: {path: /dev/shm, type: Directory}}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: routes, namespace: node-agents}
spec:
  selector: {matchLabels: {app: routes}}
  minReadySeconds: 5
  updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 10%, maxSurge: 0}}
  template:
    metadata: {labels: {app: routes}}
    spec:
      priorityClassName: system-node-critical
      nodeSelector: {example.com/agent: "yes"}
      tolerations: [{key: example.com/agent, operator: Equal, value: "yes", effect: NoSchedule}]
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {contract: routes}}}]
      initContainers:
      - name: prepare
        image: i:1
        command: [sh, -euc, 'mkdir -p /node/v1']
        securityContext: {runAsUser: 0, runAsNonRoot: false, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL], add: [CHOWN]}}
        volumeMounts: [{name: m, mountPath: /node}]
      containers:
      - {name: main, image: "i:1", volumeMounts: [{name: m, mountPath: /dev/shm, subPath: v1/data}]}
      volumes: [{name: m, hostPath: {path: /run/cdk8s-shared-memory/node-agents.routes, type: DirectoryOrCreate}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: default}
spec:
  replicas: 2
  selector: {matchLabels: {app: api}}
  strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 1}, type: RollingUpdate}
  template:
    metadata: {labels: {app: api}, creationTimestamp: "2026-01-02T03:04:05Z"}
    spec:
      securityContext: {fsGroup: 2000}
      initContainers: [{name: agent, image: "i:1", restartPolicy: Always, volumeMounts: [{name: m, mountPath: /dev/shm}]}]
      containers: [{name: api, image: "i:1", volumeMounts: [{name: m, mountPath: /dev/shm}]}]
      volumes: [{name: m, emptyDir: {medium: Memory, sizeLimit: 64Mi}}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: default}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "i:1"}]}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}}]
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: api-1, namespace: default}
spec:
  selector: {matchLabels: {app: api-1}}
  template: {metadata: {labels: {app: api-1}}, spec: {containers: [{name: api, image: "i:1"}]}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: train, namespace: default}
spec:
  backoffLimit: 2
  template: {spec: {restartPolicy: Never, containers: [{name: train, image: "i:1"}]}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: sweep, namespace: default}
spec:
  schedule: "@daily"
  jobTemplate: {spec: {template: {spec: {restartPolicy: OnFailure, containers: [{name: sweep, image: "i:1"}]}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: routes, namespace: node-agents}
spec:
  podSelector: {matchLabels: {app: routes}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 9090, endPort: 9100}, {port: metrics}]}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: api, namespace: default}
spec: {minAvailable: 50%, selector: {matchLabels: {app: api}}}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: node-agent}
value: 1000000
globalDefault: false
preemptionPolicy: Never
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: default}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: routes, namespace: node-agents}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: nodes}
rules: [{apiGroups: [""], resources: [nodes], verbs: [get]}, {nonResourceURLs: [/healthz], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: nodes}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: nodes}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:nodes"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: clients}
spec:
  failurePolicy: Fail
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [pods]}]}
  variables: [{name: volumes, expression: "object.spec.?volumes.orValue([])"}]
  validations: [{expression: "!object.spec.?hostIPC.orValue(false)", message: hostIPC must be absent, reason: Forbidden}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: clients}
spec: {policyName: clients, validationActions: [Deny], matchResources: {namespaceSelector: {matchLabels: {shared-memory: "yes"}}}}
---
apiVersion: v1
kind: List
metadata: {}
items:
- apiVersion: v1
  kind: Namespace
  metadata: {name: a}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: b, namespace: default}
`;
