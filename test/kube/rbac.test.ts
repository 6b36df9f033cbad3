import { inNamespace, powersOf, subjectsOf, type RbacPower } from '../../src/kube/rbac';

const rule = (apiGroups: string[], resources: string[], verbs: string[], more = {}) => ({
  apiGroups,
  resources,
  verbs,
  ...more,
});

test.each<[string, object, RbacPower[]]>([
  ['pods', rule([''], ['pods'], ['create']), ['createPods']],
  ['pods that exist', rule([''], ['pods'], ['patch']), ['createPods']],
  ['to look at pods', rule([''], ['pods', 'pods/log'], ['get', 'list', 'watch']), []],
  ['to delete pods', rule([''], ['pods'], ['delete']), []],
  ['pods of another group', rule(['metrics.k8s.io'], ['pods'], ['create']), []],
  ['a workload', rule(['apps'], ['daemonsets'], ['update']), ['createPods']],
  ['a workload of another group', rule([''], ['daemonsets'], ['update']), []],
  ['its number of pods', rule(['apps'], ['deployments/scale'], ['update']), []],
  ['a job', rule(['batch'], ['cronjobs'], ['create']), ['createPods']],
  [
    'a named workload',
    rule(['apps'], ['daemonsets'], ['patch'], { resourceNames: ['a'] }),
    ['createPods'],
  ],
  // the name is not known when an object is created
  ['a named pod, new', rule([''], ['pods'], ['create'], { resourceNames: ['a'] }), []],
  [
    'commands in a named pod',
    rule([''], ['pods/exec'], ['create'], { resourceNames: ['a'] }),
    ['enterPods'],
  ],
  ['commands through a WebSocket', rule([''], ['pods/exec'], ['get']), ['enterPods']],
  ['all subresources of the name', rule([''], ['*/attach'], ['create']), ['enterPods']],
  ['other subresources', rule([''], ['*/log'], ['create']), []],
  ['ephemeral containers', rule([''], ['pods/ephemeralcontainers'], ['patch']), ['addContainers']],
  ['all of pods', rule([''], ['pods', 'pods/*'], ['patch']), ['createPods']],
  ['what no client does', rule([''], ['pods/ephemeralcontainers'], ['create']), []],
  ['tokens', rule([''], ['serviceaccounts/token'], ['create']), ['actAsAccounts']],
  ['other accounts', rule([''], ['serviceaccounts'], ['impersonate']), ['actAsAccounts']],
  ['new accounts', rule([''], ['serviceaccounts'], ['create']), []],
  ['other users', rule([''], ['users'], ['impersonate']), ['extendPermissions']],
  ['any role', rule(['rbac.authorization.k8s.io'], ['roles'], ['bind']), ['extendPermissions']],
  // the API server lets nobody give more than they have
  ['their own roles', rule(['rbac.authorization.k8s.io'], ['rolebindings'], ['create']), []],
  ['labels of namespaces', rule([''], ['namespaces'], ['patch']), ['changeNamespaces']],
  ['new namespaces', rule([''], ['namespaces'], ['create']), []],
  ['volumes', rule([''], ['persistentvolumes'], ['create']), ['changeVolumes']],
  ['claims', rule([''], ['persistentvolumeclaims'], ['create']), []],
  [
    'policies',
    rule(['admissionregistration.k8s.io'], ['validatingadmissionpolicybindings'], ['delete']),
    ['changePolicies'],
  ],
  ['all of a group', rule(['batch'], ['*'], ['*']), ['createPods']],
  ['every verb of pods', rule(['*'], ['pods'], ['*']), ['createPods']],
  ['everything', rule(['*'], ['*'], ['*']), ['everything']],
  [
    'every verb of everything in one group',
    rule([''], ['*'], ['*']),
    [
      'createPods',
      'addContainers',
      'enterPods',
      'actAsAccounts',
      'extendPermissions',
      'changeNamespaces',
      'changeVolumes',
    ],
  ],
  ['nothing that is a list', { apiGroups: '', resources: 'pods', verbs: 'create' }, []],
  ['only a URL', { nonResourceURLs: ['*'], verbs: ['*'] }, []],
])('%s', (_, given, powers) => {
  expect(powersOf([given as never])).toEqual(powers);
});

test('a binding for one namespace gives nothing of the cluster', () => {
  expect(inNamespace(['createPods', 'changeVolumes', 'changePolicies', 'everything'])).toEqual([
    'createPods',
    'everything',
  ]);
});

test('subjects, among them users that are service accounts', () => {
  expect(
    subjectsOf({
      subjects: [
        { kind: 'ServiceAccount', name: 'a', namespace: 'n' },
        { kind: 'User', name: 'system:serviceaccount:n:b' },
        { kind: 'User', name: 'system:serviceaccount:n' },
        { kind: 'Group', name: 'system:serviceaccounts:n' },
        { kind: 'Robot', name: 'c' },
      ],
    }),
  ).toEqual([
    { kind: 'ServiceAccount', name: 'a', namespace: 'n' },
    { kind: 'ServiceAccount', name: 'b', namespace: 'n' },
    { kind: 'User', name: 'system:serviceaccount:n' },
    { kind: 'Group', name: 'system:serviceaccounts:n' },
  ]);
});
