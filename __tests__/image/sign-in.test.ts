import {lstat, mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises'
import {dirname, join, relative, resolve} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {configure, mergeLogins, signIn, usualAuthFiles} from '../../src/image/sign-in.ts'
import {temporaryDirectory, testWorld} from './support.ts'

const host = '111122223333.dkr.ecr.eu-west-1.amazonaws.com'
const authorization = {host, token: 'QVdTOnMzY3IzdA=='}

describe('the configuration', () => {
  test('has the token, and where the plugins are', () => {
    expect(configure({}, host, 'T', '/home/me/.docker/cli-plugins')).toEqual({
      auths: {[host]: {auth: 'T'}},
      cliPluginsExtraDirs: ['/home/me/.docker/cli-plugins']
    })
  })

  test('keeps all that the user has', () => {
    const own = {
      auths: {'https://index.docker.io/v1/': {auth: 'hub'}, [host]: {auth: 'old'}},
      proxies: {default: {httpsProxy: 'http://proxy:3128'}},
      currentContext: 'remote',
      cliPluginsExtraDirs: ['/opt/plugins']
    }
    expect(configure(own, host, 'T', '/p')).toEqual({
      ...own,
      auths: {'https://index.docker.io/v1/': {auth: 'hub'}, [host]: {auth: 'T'}},
      cliPluginsExtraDirs: ['/opt/plugins', '/p']
    })
  })

  test.each([
    [{credsStore: 'desktop'}, {[host]: ''}],
    [{credHelpers: {[host]: 'ecr-login', 'ghcr.io': 'gh'}}, {[host]: '', 'ghcr.io': 'gh'}]
  ])('passes %j by for this host only', (own, credHelpers) => {
    expect(configure(own, host, 'T', '/p')).toMatchObject({...own, credHelpers})
  })

  test('leaves helpers of other hosts alone', () => {
    expect(configure({credHelpers: {'ghcr.io': 'gh'}}, host, 'T', '/p').credHelpers).toEqual({'ghcr.io': 'gh'})
  })
})

describe('podman and buildah', () => {
  test('get the logins of the user and the token, and no helper for the registry', () => {
    const docker = {
      auths: {'ghcr.io': {auth: 'old'}},
      credHelpers: {[host]: '', 'gcr.io': 'gcloud'},
      credsStore: 'desktop'
    }
    const podman = {auths: {'ghcr.io': {auth: 'new'}, [host]: {auth: 'old'}}}
    expect(mergeLogins([docker, podman], host, 'T')).toEqual({
      auths: {'ghcr.io': {auth: 'new'}, [host]: {auth: 'T'}},
      credHelpers: {'gcr.io': 'gcloud'}
    })
  })

  test.each<[string, (home: string) => [file: string, env: Record<string, string>]]>([
    ['their configuration', home => [join(home, '.config/containers/auth.json'), {}]],
    ['the runtime directory', home => [join(home, 'run/containers/auth.json'), {XDG_RUNTIME_DIR: join(home, 'run')}]],
    ['a file of the job', home => [join(home, 'auth.json'), {REGISTRY_AUTH_FILE: join(home, 'auth.json')}]]
  ])('find the logins in %s', async (_, place) => {
    await using home = await temporaryDirectory()
    await using parent = await temporaryDirectory()
    const [file, env] = place(home.path)
    await mkdir(dirname(file), {recursive: true})
    await writeFile(file, '{"auths": {"ghcr.io": {"auth": "x"}}}')
    const world = testWorld({HOME: home.path, USERPROFILE: home.path, ...env})
    const signedIn = await signIn(host, authorization, parent.path, world)
    expect(JSON.parse(await readFile(signedIn.env['REGISTRY_AUTH_FILE'] ?? '', 'utf8'))).toMatchObject({
      auths: {'ghcr.io': {auth: 'x'}, [host]: {auth: authorization.token}}
    })
    expect(await readFile(join(signedIn.directory, 'config.json'), 'utf8')).not.toContain('ghcr.io')
  })
})

test.each([
  [
    'the runtime directory',
    {XDG_RUNTIME_DIR: '/run/user/7'},
    ['.config/containers/auth.json', '/run/user/7/containers/auth.json']
  ],
  [
    'the one of the user without it',
    {XDG_RUNTIME_DIR: ''},
    ['.config/containers/auth.json', '/run/containers/7/auth.json']
  ],
  [
    'another configuration',
    {XDG_CONFIG_HOME: '/etc/x'},
    ['/etc/x/containers/auth.json', '/run/containers/7/auth.json']
  ],
  ['the file of the job alone', {REGISTRY_AUTH_FILE: '/j/auth.json', XDG_RUNTIME_DIR: '/r'}, ['/j/auth.json']]
])('podman and buildah look for logins in %s', (_, env, files) => {
  const home = resolve('/home/me')
  const paths = usualAuthFiles({HOME: home, USERPROFILE: home, ...env}, 7).map(path => resolve(path))
  expect(paths).toEqual(files.map(path => resolve(home, path)))
})

describe('signing in', () => {
  test('writes only into the private directory', async () => {
    await using home = await temporaryDirectory()
    await using parent = await temporaryDirectory()
    const own = join(home.path, '.docker')
    await mkdir(join(own, 'contexts', 'meta'), {recursive: true})
    await mkdir(join(own, 'buildx'))
    await writeFile(join(own, 'config.json'), '{"currentContext": "remote"}')
    const world = testWorld({HOME: home.path, USERPROFILE: home.path})

    const docker = await signIn(host, authorization, parent.path, world)

    expect(docker).toEqual({
      directory: join(parent.path, 'docker'),
      env: {
        DOCKER_CONFIG: docker.directory,
        BUILDX_CONFIG: join(own, 'buildx'),
        REGISTRY_AUTH_FILE: join(docker.directory, 'auth.json')
      }
    })
    expect(JSON.parse(await readFile(join(docker.directory, 'config.json'), 'utf8'))).toEqual({
      currentContext: 'remote',
      auths: {[host]: {auth: authorization.token}},
      cliPluginsExtraDirs: [join(own, 'cli-plugins')]
    })
    expect((await lstat(join(docker.directory, 'contexts'))).isSymbolicLink()).toBe(true)
    expect(await readdir(join(docker.directory, 'contexts'))).toEqual(['meta'])
    expect(await readFile(join(own, 'config.json'), 'utf8')).toBe('{"currentContext": "remote"}')
    expect(await readdir(own)).toEqual(['buildx', 'config.json', 'contexts'])
  })

  const onUnix = process.platform === 'win32' ? test.skip : test
  onUnix('lets nobody else read it', async () => {
    await using parent = await temporaryDirectory()
    const {directory} = await signIn(host, authorization, parent.path, testWorld({HOME: parent.path}))
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    for (const file of ['config.json', 'auth.json'])
      expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600)
  })

  test('goes by the DOCKER_CONFIG and BUILDX_CONFIG of the job', async () => {
    await using own = await temporaryDirectory()
    await using parent = await temporaryDirectory()
    await writeFile(join(own.path, 'config.json'), '{"auths": {"ghcr.io": {"auth": "x"}}}')
    const world = testWorld({DOCKER_CONFIG: own.path, BUILDX_CONFIG: '/elsewhere'})
    const {directory, env} = await signIn(host, authorization, parent.path, world)
    expect(env['BUILDX_CONFIG']).toBe('/elsewhere')
    expect(JSON.parse(await readFile(join(directory, 'config.json'), 'utf8'))).toMatchObject({
      auths: {'ghcr.io': {auth: 'x'}, [host]: {auth: authorization.token}}
    })
  })

  test.each(['not JSON', '[]', 'null'])('says that %j is left out, as Docker does', async content => {
    await using own = await temporaryDirectory()
    await using parent = await temporaryDirectory()
    await writeFile(join(own.path, 'config.json'), content)
    const world = testWorld({DOCKER_CONFIG: own.path})
    await signIn(host, authorization, parent.path, world)
    expect(world.lines).toEqual([`${join(own.path, 'config.json')} is left out: it holds no JSON object`])
  })

  test('shows nothing of a configuration that is broken, because it may hold a login', async () => {
    await using own = await temporaryDirectory()
    await using parent = await temporaryDirectory()
    await writeFile(join(own.path, 'config.json'), '{"auths": {"ghcr.io": {"auth": c2VjcmV0')
    const world = testWorld({DOCKER_CONFIG: own.path})
    await signIn(host, authorization, parent.path, world)
    expect(world.lines.join('\n')).not.toContain('c2V')
  })

  test('keeps builders to itself where the user has no place for them', async () => {
    await using home = await temporaryDirectory()
    await using parent = await temporaryDirectory()
    const world = testWorld({HOME: home.path, USERPROFILE: home.path})
    const {directory, env} = await signIn(host, authorization, parent.path, world)
    expect(env['BUILDX_CONFIG']).toBe(join(directory, 'buildx'))
    expect(await readdir(home.path)).toEqual([])
  })

  test('finds a relative DOCKER_CONFIG from wherever Docker runs', async () => {
    await using own = await temporaryDirectory()
    await using parent = await temporaryDirectory()
    await mkdir(join(own.path, 'buildx'))
    const world = testWorld({DOCKER_CONFIG: relative(process.cwd(), own.path)})
    const {env} = await signIn(host, authorization, parent.path, world)
    expect(env['BUILDX_CONFIG']).toBe(join(own.path, 'buildx'))
  })
})
