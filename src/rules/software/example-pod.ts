/** Returns example YAML of a pod with one container, which can have a volume at /dev/shm. */
export function examplePod(lines: readonly string[], shmSize?: string, limit = '4Gi'): string {
  const mount =
    shmSize === undefined
      ? ''
      : `
      volumeMounts:
        - { name: dshm, mountPath: /dev/shm }
  volumes:
    - name: dshm
      emptyDir: { medium: Memory, sizeLimit: ${shmSize} }`;
  return `apiVersion: v1
kind: Pod
metadata: { name: example }
spec:
  containers:
    - name: main
${lines.map(line => `      ${line}`).join('\n')}
      resources: { limits: { memory: ${limit} } }${mount}
`;
}
