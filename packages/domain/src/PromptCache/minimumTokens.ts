/** How long a prefix has to be before the provider caches it, in tokens, by model. Pure. */
import { plainModelId } from "../Health/modelGroups.ts"

const byModel: ReadonlyArray<readonly [tokens: number, models: RegExp]> = [
  [512, /^claude-(?:opus-5|fable-5|mythos-5)$/],
  [1_024, /^claude-(?:opus-4-8|opus-4-1|opus-4|opus-4-0|sonnet-5|sonnet-4(?:-[056])?)$/],
  [2_048, /^claude-opus-4-7$/],
  [4_096, /^claude-(?:opus-4-[56]|haiku-4-5)$/]
]

/** The least number of tokens; undefined where the provider names none for the model. */
export const minimumTokens = (model: string): number | undefined => {
  const plain = plainModelId(model)
  return byModel.find(([, models]) => models.test(plain))?.[0]
}
