// Leaves sentences as they are: another wording is no other behaviour, and the texts that people
// read are goldens of the command. What is compared, or is a reason, is mutated all the same.
import { declareValuePlugin, PluginKind } from "@stryker-mutator/api/plugin"

const isSentence = (text) => /[a-z]+,? [a-z]+/i.test(text)

const textOf = ({ node }) =>
  node.type === "TemplateLiteral"
    ? node.quasis.map(({ value }) => value.raw).join("$")
    : (node.value ?? "")

const decides = ({ parent }) =>
  parent.type === "BinaryExpression" ||
  parent.type === "SwitchCase" ||
  (parent.type === "ObjectProperty" && parent.key.name === "reason")

const sentences = {
  shouldIgnore(path) {
    const isText = path.isStringLiteral() || path.isTemplateLiteral()
    if (!isText || decides(path) || !isSentence(textOf(path))) return undefined
    return "the words of a sentence"
  }
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, "sentences", sentences)]
