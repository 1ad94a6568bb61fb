// libyaml: the document loader, and access to the unions Swift finds awkward.
#ifndef FG_CYAML_SHIM_H
#define FG_CYAML_SHIM_H

#include <yaml.h>

static inline int fg_yaml_is_plain(const yaml_node_t *node) {
    return node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}
static inline const unsigned char *fg_yaml_scalar(const yaml_node_t *node) { return node->data.scalar.value; }
static inline size_t fg_yaml_scalar_length(const yaml_node_t *node) { return node->data.scalar.length; }
static inline size_t fg_yaml_item_count(const yaml_node_t *node) {
    return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
}
static inline int fg_yaml_item(const yaml_node_t *node, size_t index) {
    return node->data.sequence.items.start[index];
}
static inline size_t fg_yaml_pair_count(const yaml_node_t *node) {
    return (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
}
static inline int fg_yaml_key(const yaml_node_t *node, size_t index) {
    return node->data.mapping.pairs.start[index].key;
}
static inline int fg_yaml_value(const yaml_node_t *node, size_t index) {
    return node->data.mapping.pairs.start[index].value;
}

#endif
