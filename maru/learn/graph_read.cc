// Files to nodes: the plain form (a list, or {nodes: [...]}), a course (its road), and folders with a node.yaml each.
#include <algorithm>
#include <set>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/learn/graph.h"
#include "maru/learn/node_fields.h"

namespace maru::learn {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostFiles = 20'000;

class Reader {
 public:
  explicit Reader(Graph& graph) : graph_(graph) {}

  void read(const fs::path& path, bool own) {
    own_ = own;
    std::error_code code;
    if (fs::is_directory(path, code)) return read_folder(path);
    if (!fs::exists(path, code)) fail(ErrorKind::not_found, "{}: no such file or folder of a learning graph", path.string());
    read_file(path, {});
  }
  std::vector<std::string> road;
  std::string all_text;

 private:
  // Sorted, so that the same files always give the same graph.
  void read_folder(const fs::path& folder) {
    std::set<fs::path> files, folders;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, fs::directory_options::skip_permission_denied)) {
      const std::string extension = entry.path().extension().string();
      std::error_code code;
      if (entry.is_directory(code) && fs::exists(entry.path() / "node.yaml", code)) folders.insert(entry.path());
      else if (entry.is_regular_file(code) && (extension == ".yaml" || extension == ".yml")) files.insert(entry.path());
      if (files.size() + folders.size() > kMostFiles) fail(ErrorKind::limit, "{}: holds more than {} nodes in files", folder.string(),
          kMostFiles);
    }
    for (const fs::path& one : folders) read_file(one / "node.yaml", one);
    for (const fs::path& file : files) read_file(file, {});
  }

  void read_file(const fs::path& path, const fs::path& folder) {
    ++graph_.files;
    file_ = path.string();
    try {
      const std::string text = maru::read_file(path, YamlLimits{}.bytes);
      all_text += file_.size() ? path.filename().string() + "\n" + text : text;
      const Yaml root = parse_yaml(text, file_);
      if (!folder.empty()) return add_node(root, folder);
      if (const Yaml* schema = root.is_map() ? root.find("schema") : nullptr; schema && schema->scalar.starts_with("maru.course/"))
          return read_course(root);
      add_list(root);
    } catch (const Error& error) {
      report(Problem::Kind::bad_yaml, line_in(error.what()), "", error.said());
    }
  }

  int line_in(std::string_view message) const {
    if (!message.starts_with(file_ + ":")) return 1;
    return std::max(1, std::atoi(std::string(message.substr(file_.size() + 1, 12)).c_str()));
  }

  void read_course(const Yaml& root) {
    if (const Yaml* title = root.find("title")) graph_.title = text_of(*title, file_);
    if (const Yaml* list = root.find("road"))
      for (const Yaml& one : list->items) road.push_back(one.scalar);
    const Yaml* domains = root.find("domains");
    for (std::size_t i = 0; domains && i < domains->keys.size(); ++i)
      graph_.domains.emplace_back(domains->keys[i], text_of(domains->items[i], file_));
  }

  void add_list(const Yaml& root) {
    if (root.kind == Yaml::Kind::nothing) return;
    const Yaml* list = root.is_map() ? root.find("nodes") : &root;
    if (root.is_map() && !list && root.find("id")) return add_node(root, {});
    if (!list || !list->is_list())
      return report(Problem::Kind::bad_yaml, root.line, "", phrase("{}:{}: must be a list of nodes, or nodes: with a list", file_,
          root.line));
    for (const Yaml& one : list->items) add_node(one, {});
  }

  void add_node(const Yaml& value, const fs::path& folder) {
    try {
      Node node = node_of(value, file_);
      node.own = own_;
      if (!folder.empty()) node.folder = folder;
      place(std::move(node));
    } catch (const Error& error) {
      const Yaml* id = value.is_map() ? value.find("id") : nullptr;
      const bool id_is_wrong = id && !is_node_id(id->scalar);
      report(id_is_wrong ? Problem::Kind::bad_id : Problem::Kind::bad_node, line_in(error.what()), id ? id->scalar : "", error.said());
    }
  }

  // The person's own are read first, so whoever comes later and is not the person's gives way.
  void place(Node node) {
    const auto [at, fresh] = graph_.index_of.emplace(node.id, graph_.nodes.size());
    if (fresh) {
      graph_.nodes.push_back(std::move(node));
      return;
    }
    Node& first = graph_.nodes[at->second];
    if (first.own == node.own) {
      report(Problem::Kind::duplicate, node.line, node.id,
             phrase("{}:{}: the id {} stands already at {}:{}", node.file, node.line, node.id, first.file, first.line));
      return;
    }
    const bool keeps_lab = first.folder.empty() && !node.folder.empty();
    if (keeps_lab) {
      first.folder = node.folder;
      first.practice = node.practice;
      if (first.minutes == 0) first.minutes = node.minutes;
      if (!first.fields.find("encompasses")) first.encompasses = node.encompasses;
      if (!first.fields.find("recommended")) first.recommended = node.recommended;
    }
    graph_.notes.push_back(keeps_lab ? phrase("{}: yours ({}:{}) wins over the built-in one, whose lab it keeps", node.id, first.file,
        first.line)
                                     : phrase("{}: yours ({}:{}) wins over the built-in one", node.id, first.file, first.line));
  }

  void report(Problem::Kind kind, int line, const std::string& id, Phrase what) {
    graph_.problems.push_back({kind, file_, line, id, std::move(what)});
  }

  Graph& graph_;
  std::string file_;
  bool own_ = false;
};

// The road first, in its order; what lies beside it keeps its own.
void put_road_first(Graph& graph, const std::vector<std::string>& road) {
  std::vector<std::size_t> order;
  std::vector<bool> taken(graph.nodes.size());
  const auto take = [&](std::size_t i) {
    if (!taken[i]) order.push_back(i);
    taken[i] = true;
  };
  for (const std::string& id : road)
    if (const std::size_t i = graph.index(id); i != Graph::npos) take(i);
  graph.road = order.size();
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) take(i);
  std::vector<Node> nodes;
  for (const std::size_t i : order) {
    graph.index_of[graph.nodes[i].id] = nodes.size();
    nodes.push_back(std::move(graph.nodes[i]));
  }
  graph.nodes = std::move(nodes);
}

}  // namespace

Graph read_graph(const Sources& sources) {
  Graph graph;
  Reader reader(graph);
  for (const fs::path& path : sources.own) reader.read(path, true);
  for (const fs::path& path : sources.course) reader.read(path, false);
  put_road_first(graph, reader.road);
  graph.revision = sha256(std::as_bytes(std::span(reader.all_text))).substr(0, 8);
  find_problems(graph);
  return graph;
}

}  // namespace maru::learn
